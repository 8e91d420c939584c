#!/usr/bin/env node
// A board under real MicroPython whose flash outlives restarts, so that it can be updated over the
// air. Lines on its standard input cut its power: `cut` at once, `cut 7` at the seventh change to
// the slots from now, in this life or a later one.

import {
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";

const OPTIONS = {
  flash: { type: "string" },
  device: { type: "string", default: "fan-90" },
  asset: { type: "string", default: "fan" },
  host: { type: "string", default: "127.0.0.1" },
  port: { type: "string", default: "1883" },
  site: { type: "string", default: "workshop" },
  username: { type: "string", default: "" },
  password: { type: "string", default: "" },
  rate: { type: "string", default: "5" },
  seed: { type: "string", default: "1" },
  key: { type: "string", default: "" },
  trial: { type: "string", default: "120" },
};

const { flash: folder, ...options } = parseArgs({ options: OPTIONS }).values;
if (!folder) {
  process.stderr.write(
    "--flash DIR: the files of the board, slot-a among them\n",
  );
  process.exit(2);
}

function load() {
  const files = new Map();
  for (const entry of readdirSync(folder, {
    recursive: true,
    withFileTypes: true,
  }))
    if (entry.isFile()) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      files.set(path.slice(folder.length), new Uint8Array(readFileSync(path)));
    }
  return files;
}

function keep(files) {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

let life;
let stopping = false;
let operations = 0;

function powerOn(flash, remaining) {
  life = new Worker(new URL("./life.js", import.meta.url), {
    workerData: { flash, options, remaining },
  });
  life.on("message", async ({ how, flash: left, remaining: rest }) => {
    if (how === "operation") {
      operations += 1;
      return;
    }
    await life.terminate();
    keep(left);
    console.log(`power: ${how} after ${operations} changes to the slots`);
    operations = 0;
    if (stopping) process.exit(0);
    powerOn(left, how === "cut" ? Infinity : rest);
  });
  life.on("error", (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const [word, number] = line.split(" ");
  if (word === "cut") life.postMessage({ cutAfter: Number(number ?? 0) });
});
for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, () => {
    stopping = true;
    life.postMessage({});
  });
powerOn(load(), Infinity);
