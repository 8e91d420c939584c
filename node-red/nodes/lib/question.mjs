/** What nodes that ask the API share: a message in, an answer or a sentence out, with a status. */

import { InputError } from "./names.mjs";
import { serverOf } from "./server.mjs";

const MOST_WAITING = 32;

function refuseMore(waiting) {
  if (waiting >= MOST_WAITING)
    throw new InputError(
      `${MOST_WAITING} questions of this node wait for the gateway already: send fewer, or slower.`,
    );
}

/**
 * Registers `type`. `answer(msg, config, server)` resolves to what the message is sent on with;
 * what it throws is the error that catch nodes get.
 */
export function registerQuestion(RED, type, answer) {
  RED.nodes.registerType(type, function (config) {
    RED.nodes.createNode(this, config);
    let waiting = 0;
    let closed = false;

    const show = (fill, text) => {
      if (!closed) this.status({ fill, shape: "dot", text });
    };
    const ask = async (msg) => {
      refuseMore(waiting);
      waiting += 1;
      try {
        show("blue", "asking …");
        return await answer(msg, config, serverOf(RED, config));
      } finally {
        waiting -= 1;
      }
    };

    this.on("input", async (msg, send, done) => {
      try {
        const found = await ask(msg);
        if (closed) return done();
        this.status({});
        send(Object.assign(msg, found));
        return done();
      } catch (error) {
        show("red", error.message.slice(0, 60));
        return done(error);
      }
    });
    this.on("close", () => {
      closed = true;
    });
  });
}
