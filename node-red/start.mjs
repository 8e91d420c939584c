/** Starts the dashboard: settings from the environment, flows assembled, Node-RED in one server. */

import { mkdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { assemble, FlowError } from "./lib/assemble.mjs";
import { ConfigError, readConfig, withEnvFile } from "./lib/config.mjs";
import { LIMITS, limitConnections } from "./lib/patience.mjs";
import { createSite } from "./lib/site.mjs";
import { nodeRedSettings } from "./settings.js";

const RED = createRequire(import.meta.url)("node-red");
const ROOT = new URL("..", import.meta.url).pathname;
const STOP_WITHIN_MS = 5000;

function writeFlows(config) {
  mkdirSync(config.userDir, { recursive: true });
  const write = (name, value) =>
    writeFileSync(
      path.join(config.userDir, name),
      `${JSON.stringify(value, null, 2)}\n`,
    );
  write("flows.json", assemble(config));
  write("flows_cred.json", {
    broker: {
      user: "${EDGETWIN_BROKER_USERNAME}",
      password: "${EDGETWIN_BROKER_PASSWORD}",
    },
  });
}

function exportToNodes(config) {
  // Node-RED fills ${NAME} in node properties from the environment.
  process.env.EDGETWIN_BROKER_HOST = config.brokerHost;
  process.env.EDGETWIN_BROKER_PORT = String(config.brokerPort);
  process.env.EDGETWIN_BROKER_USERNAME = config.brokerUsername;
  process.env.EDGETWIN_BROKER_PASSWORD = config.brokerPassword;
  process.env.EDGETWIN_API_TOKEN = config.token;
}

function listen(server, config) {
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        error.code === "EADDRINUSE"
          ? new ConfigError(
              `Port ${config.port} is in use: stop the program that holds it, ` +
                "or set EDGETWIN_DASHBOARD_PORT to another one.",
            )
          : error,
      ),
    );
    server.listen(config.port, config.host, resolve);
  });
}

function stopOnSignal(server) {
  const stop = async () => {
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    server.close();
    server.closeAllConnections?.();
    await RED.stop();
    process.exit(0);
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

async function main() {
  process.umask(0o077); // what it writes is its owner's alone
  const config = readConfig(
    withEnvFile(process.env, path.join(ROOT, ".env")),
    ROOT,
  );
  exportToNodes(config);
  writeFlows(config);
  const server = limitConnections(http.createServer(LIMITS));
  RED.init(server, nodeRedSettings(config));
  server.on(
    "request",
    createSite({
      config,
      nodeRed: RED.httpNode,
      editor: config.editor ? RED.httpAdmin : null,
    }),
  );
  await listen(server, config);
  stopOnSignal(server);
  await RED.start();
  console.log(`dashboard: ${config.url}`);
  if (config.editor)
    console.log(`flow editor: ${config.url.replace(/dashboard$/, "editor")}`);
}

main().catch((error) => {
  const expected = error instanceof ConfigError || error instanceof FlowError;
  console.error(expected ? `dashboard: ${error.message}` : error);
  process.exit(1);
});
