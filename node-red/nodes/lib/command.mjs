/** The node that tells a machine what to do, and tells on what the machine answered. */

import { InputError, nameOf } from "./names.mjs";
import { registerQuestion } from "./question.mjs";

function argsOf(value) {
  if (value === undefined || value === null || value === "") return {};
  if (typeof value === "object" && !Array.isArray(value)) return value;
  try {
    const read = JSON.parse(value);
    if (read !== null && typeof read === "object" && !Array.isArray(read))
      return read;
  } catch {
    // said below
  }
  throw new InputError(
    `The command's arguments are no object: write JSON such as {"rate_hz": 5}, or send one as msg.args.`,
  );
}

/** What is to be done by whom, the message's words before the node's. Throws InputError. */
export function order(msg, config) {
  return {
    device: nameOf(msg.device || config.device, "device"),
    name: nameOf(msg.command || config.command, "command"),
    args: argsOf(msg.args ?? config.args),
  };
}

async function answer(msg, config, server) {
  const { device, name, args } = order(msg, config);
  const path = `/devices/${device}/commands`;
  const payload = await server.api.post(path, { name, args });
  return { device, command: name, args, payload };
}

export function register(RED) {
  registerQuestion(RED, "edgetwin-command", answer);
}
