/** Node-RED asks for CommonJS here; all else is in lib/. */

module.exports = async (RED) => {
  const { register } = await import("./lib/command.mjs");
  register(RED);
};
