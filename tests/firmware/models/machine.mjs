// Runs a virtual machine under MicroPython and prints what it reports, a line of JSON a step.
//
//   node machine.mjs ASSET SEED DT_S STEPS

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { loadMicroPython } from "../../../firmware/node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs";

const firmware = join(
  dirname(fileURLToPath(import.meta.url)),
  "../../../firmware",
);
const [asset, seed, dt, steps] = process.argv.slice(2);

const python = await loadMicroPython({ stdout: (line) => console.log(line) });
python.FS.mkdirTree("/app/firmware/models");
for (const path of [
  "__init__.py",
  ...readdirSync(join(firmware, "models"))
    .filter((name) => name.endsWith(".py"))
    .map((name) => join("models", name)),
])
  python.FS.writeFile(
    `/app/firmware/${path}`,
    readFileSync(join(firmware, path)),
  );
python.runPython(`
import json, sys
sys.path.insert(0, "/app")
from firmware import models

def tell():
    for _ in range(${steps}):
        values = machine.step(${dt})
        events = [list(event) for event in machine.take_events()]
        print(json.dumps([values, events, machine.truth, machine.intensity]))

machine = models.create("${asset}", ${seed})
tell()
for fault in models.module("${asset}").FAULTS:
    machine.inject(fault)
    tell()
machine.clear()
tell()
`);
