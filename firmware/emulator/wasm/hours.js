#!/usr/bin/env node
// Hours of the board's program under real MicroPython within a minute: its clock jumps from one
// event to the next. Prints, as JSON, what its broker saw and how much memory it used.

import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { VirtualBroker } from "./virtual-broker.js";
import { installVirtualTime } from "./virtual-time.js";

const BEGAN_MS = 1_800_000_000_000;
const DRAIN_MS = 30_000;
const MINUTE_MS = 60_000;
const TROUBLE_EVERY_MINUTES = 10;
const LOST_MESSAGES = 3;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "120" },
    rate: { type: "string", default: "10" },
    asset: { type: "string", default: "fan" },
    device: { type: "string", default: "fan-90" },
    seed: { type: "string", default: "1" },
  },
});
const minutes = Number(values.minutes);

const time = installVirtualTime(BEGAN_MS);
// Only now: MicroPython must find the clock in place.
const { startMicroPython } = await import("./micropython.js");

const broker = new VirtualBroker(`edgetwin/v1/workshop/${values.device}/`);
let dice = Number(values.seed);
const said = [];
const host = {
  connect: (_host, _port, happened) => {
    broker.accept(happened);
    return broker.books.sessions;
  },
  // A board writes to its newest connection only.
  write: (id, hex) => {
    if (id !== broker.books.sessions) return "the connection was closed";
    broker.receive(hex);
    return "";
  },
  close: (id) => {
    if (id === broker.books.sessions) broker.end();
  },
  unsent: () => 0,
  monotonic_ms: () => time.nowMs(),
  random_hex: () => {
    dice = (Math.imul(dice, 1664525) + 1013904223) >>> 0;
    return dice.toString(16).padStart(8, "0");
  },
  finished: (problem) => said.push(`ended: ${problem}`),
};

const board = await startMicroPython(host, (line) => said.push(line));
board.start(
  JSON.stringify({
    asset: values.asset,
    device: values.device,
    host: "broker",
    password: "",
    port: "1883",
    rate: values.rate,
    seed: values.seed,
    site: "workshop",
    username: "",
  }),
);

setFlagsFromString("--expose-gc");
const collectJavaScript = runInNewContext("gc");

/**
 * What is in use once the garbage is gone, which is when Python has returned to us. JavaScript's
 * goes first: the callbacks of lost connections are the board's memory until then.
 */
async function heapBytes() {
  collectJavaScript();
  await new Promise((resolve) => setImmediate(resolve));
  board.collect();
  return board.allocated();
}

const heap = [];
for (let minute = 1; minute <= minutes; minute += 1) {
  await time.runUntil(minute * MINUTE_MS - MINUTE_MS / 2);
  if (minute % TROUBLE_EVERY_MINUTES === 0) broker.end("reset by peer");
  if (minute % TROUBLE_EVERY_MINUTES === 5) broker.toLose = LOST_MESSAGES;
  await time.runUntil(minute * MINUTE_MS);
  heap.push(await heapBytes());
}
// What was sampled last is underway: let it arrive.
const sampled = board.sampled();
await time.runUntil(minutes * MINUTE_MS + DRAIN_MS);
console.log(JSON.stringify({ ...broker.books, sampled, heap, said }));
