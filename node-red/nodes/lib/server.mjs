/** The node that knows where edgetwin is: one broker connection and one API for all who use it. */

import { Api } from "./api.mjs";
import { Broker } from "./broker.mjs";
import { InputError, nameOf } from "./names.mjs";
import { plantOf } from "./plant.mjs";

function tlsOptions(node) {
  const options = {};
  node?.addTLSOptions?.(options);
  return options;
}

/** Throws a sentence on the first field that cannot be. */
function build(node, config, tls) {
  const { user, password, token } = node.credentials ?? {};
  node.site = nameOf(config.site, "site");
  node.api = new Api({ address: config.api, token, tls });
  node.broker = new Broker({
    address: config.broker,
    username: user,
    password,
    tls,
    warn: (text) => node.warn(text),
  });
}

function close(node, done) {
  node.api?.close();
  Promise.resolve(node.broker?.close())
    .catch((error) => node.warn(`The broker's connection: ${error.message}`))
    .finally(done);
}

function serveEditor(RED) {
  RED.httpAdmin.get(
    "/edgetwin/:server/plant",
    RED.auth.needsPermission("edgetwin.read"),
    async (request, response) => {
      const server = RED.nodes.getNode(request.params.server);
      if (server?.type !== "edgetwin-server")
        return response
          .status(404)
          .send("Deploy this server first: then its machines can be listed.");
      try {
        if (server.mistake) throw new Error(server.mistake);
        return response.json(await plantOf(server.api));
      } catch (error) {
        return response.status(502).type("text/plain").send(error.message);
      }
    },
  );
}

/** The server node of `config`. Throws InputError. */
export function serverOf(RED, config) {
  const server = RED.nodes.getNode(config.server);
  if (!server)
    throw new InputError(
      "There is no server: choose or add one in the node's settings.",
    );
  if (server.mistake) throw new InputError(server.mistake);
  return server;
}

export function register(RED) {
  function EdgetwinServer(config) {
    RED.nodes.createNode(this, config);
    try {
      build(this, config, tlsOptions(RED.nodes.getNode(config.tls)));
    } catch (error) {
      this.mistake = `The server "${config.name || config.id}": ${error.message}`;
      this.error(this.mistake);
    }
    this.on("close", (done) => close(this, done));
  }
  RED.nodes.registerType("edgetwin-server", EdgetwinServer, {
    credentials: {
      user: { type: "text" },
      password: { type: "password" },
      token: { type: "password" },
    },
  });
  serveEditor(RED);
}
