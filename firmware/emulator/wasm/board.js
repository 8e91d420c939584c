#!/usr/bin/env node
// One board under real MicroPython: the files that go onto an ESP32, in WebAssembly.

import { mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { createHost } from "./bridge.js";
import { startMicroPython } from "./micropython.js";

const environment = (name, fallback) =>
  process.env[`EDGETWIN_${name}`] || fallback;

const options = {
  device: { type: "string", default: "fan-90" },
  asset: { type: "string", default: "fan" },
  host: { type: "string", default: environment("HOST", "127.0.0.1") },
  port: { type: "string", default: environment("BROKER_PORT", "1883") },
  site: { type: "string", default: environment("SITE", "workshop") },
  username: { type: "string", default: environment("BROKER_USERNAME", "") },
  password: { type: "string", default: environment("BROKER_PASSWORD", "") },
  rate: { type: "string", default: environment("RATE_HZ", "") },
  seed: { type: "string", default: environment("SEED", "1") },
  audit: { type: "string", default: "" },
  help: { type: "boolean", default: false },
};

const usage = `usage: npm --prefix firmware run board -- [options]

Runs the board's own program under MicroPython (WebAssembly). Its spool is in memory and ends
with it. Ctrl-C stops it cleanly.

  --device ID      ${options.device.default}
  --asset TYPE     ${options.asset.default}
  --host ADDRESS   the broker's, ${options.host.default}
  --port PORT      the broker's, ${options.port.default}
  --site NAME      ${options.site.default}
  --rate HZ        ${options.rate.default || "the type's own"}
  --seed NUMBER    ${options.seed.default}
  --username, --password   when the broker asks for them
  --audit DIR      also write each accepted reading and each watermark to DIR/ID.jsonl
`;

function readOptions() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

const chosen = readOptions();
if (chosen.help) {
  process.stdout.write(usage);
  process.exit(0);
}
// A rate may be a fraction: 1/60.
const [over, under = "1"] = chosen.rate.split("/");
if (over && under) chosen.rate = String(Number(over) / Number(under));
const numbers = chosen.rate ? ["port", "rate", "seed"] : ["port", "seed"];
for (const name of numbers)
  if (!Number.isFinite(Number(chosen[name])) || chosen[name] === "") {
    process.stderr.write(`--${name} must be a number, not "${chosen[name]}"\n`);
    process.exit(2);
  }

/** Each line is with the operating system before the reading it tells of can be sent. */
function recorder() {
  if (!chosen.audit) return () => {};
  mkdirSync(chosen.audit, { recursive: true });
  const file = openSync(join(chosen.audit, `${chosen.device}.jsonl`), "a");
  return (line) => writeSync(file, `${line}\n`);
}

const host = createHost((problem) => {
  if (problem) process.stderr.write(`${chosen.device}: ${problem}\n`);
  // Python is still on the stack; leave when it is not.
  setImmediate(() => process.exit(problem ? 1 : 0));
});
host.note = recorder();
const board = await startMicroPython(host, (line) => console.log(line)).catch(
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, () => board.stop());
const { help, ...settings } = chosen;
board.start(JSON.stringify(settings));
