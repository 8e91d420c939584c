/** A node of a type that is not installed stops all of Node-RED: something stands in for it here. */

const TEXT = "not installed: add its module in the palette, restart";

function standIn(nodes, type) {
  return function (config) {
    nodes.createNode(this, config);
    this.status({ fill: "red", shape: "ring", text: TEXT });
    this.on("input", (_msg, _send, done) =>
      done(
        new Error(
          `The type ${type} is not installed, so this node does nothing: install its module ` +
            "(menu, Manage palette) and restart, or delete the node.",
        ),
      ),
    );
  };
}

/** Whenever flows do not start for want of types, registers stand-ins; then Node-RED starts them. */
export function standInForMissing(RED, say) {
  RED.events.on("runtime-event", ({ payload }) => {
    if (payload?.error !== "missing-types") return;
    const types = [...payload.types];
    say(
      `Not installed, but used in your tabs: ${types.join(", ")}. These nodes do nothing; all others work.`,
    );
    setImmediate(() => {
      for (const type of types)
        RED.nodes.registerType("edgetwin", type, standIn(RED.nodes, type));
    });
  });
}
