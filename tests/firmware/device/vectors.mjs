// Encodes the shared vectors under MicroPython, with the board's own files, and prints each JSON, in hex.
//
//   node vectors.mjs VECTORS

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { loadMicroPython } from "../../../firmware/node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs";
import { boardFiles } from "../../../firmware/emulator/wasm/micropython.js";

const firmware = join(
  dirname(fileURLToPath(import.meta.url)),
  "../../../firmware",
);
const python = await loadMicroPython({ stdout: (line) => console.log(line) });
for (const folder of ["models", "device"])
  python.FS.mkdirTree(`/app/firmware/${folder}`);
for (const path of boardFiles())
  python.FS.writeFile(
    `/app/firmware/${path}`,
    readFileSync(join(firmware, path)),
  );
python.FS.writeFile("/vectors.json", readFileSync(process.argv[2]));
python.runPython(`
import json, sys
sys.path.insert(0, "/app")
from firmware import models
from firmware.device import packed, payload

with open("/vectors.json") as file:
    vectors = json.load(file)

class Mixed:
    pass

for name, value in vectors["mixed"]["model"].items():
    setattr(Mixed, name, value)

def given(values):
    return {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}

def tell(vector, layout, record):
    # Through a block of the flash, which must give the same record back.
    block, count = packed.pack([record], 0, layout)
    (record,) = packed.unpack(block, count, layout)
    text = layout.encode(epoch=vector["epoch"], seq=vector["seq"], record=record)
    print(text.encode().hex())

def tell_reading(vector, layout):
    layout = layout.at(vector.get("period_ms", 0))
    values, time_ms, truth = given(vector["values"]), vector["time_ms"], vector["truth"]
    tell(vector, layout, layout.pack(time_ms=time_ms, values=values, truth=truth))

fan = payload.layout_of(models.module("fan"))
for kind in ("edge", "fan", "rates"):
    for vector in vectors["readings"][kind]:
        tell_reading(vector, fan)
mixed = payload.layout_of(Mixed)
for vector in vectors["mixed"]["readings"]:
    tell_reading(vector, mixed)
for vector in vectors["events"]:
    values = given(vector["values"])
    event = payload.event(time_ms=vector["time_ms"], name=vector["event"], values=values)
    tell(vector, mixed, event)
`);
