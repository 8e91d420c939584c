import assert from "node:assert/strict";
import { test } from "node:test";

import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

import { copyOut, fill, watchSlots } from "./flash.js";

const text = (content) => new TextDecoder().decode(content);
const bytes = (content) => new TextEncoder().encode(content);
// One a process: a second instance in one isolate aborts the first.
const python = await loadMicroPython({ heapsize: 64 * 1024 });

test("what outlives a restart comes out as it was put in, and nothing else", () => {
  const files = new Map([
    ["/slot-a/firmware/x.py", bytes("pass")],
    ["/slot-state", bytes("word")],
    ["/spool/boot-a", bytes("count")],
  ]);
  fill(python.FS, files);
  python.FS.writeFile("/selector.py", "");
  assert.deepEqual(copyOut(python.FS), files);
});

test("changes to the slots are told before they happen, of a write with half of it done", () => {
  const seen = [];
  watchSlots(python.FS, (number) => {
    const found = copyOut(python.FS).get("/slot-b");
    seen.push([number, found === undefined ? null : text(found)]);
  });
  python.runPython(`
import os
with open("/spool/other", "w") as file:
    file.write("not a slot")
with open("/slot-b", "w") as file:
    file.write("12345678")
with open("/slot-b") as file:
    assert file.read() == "12345678"
os.rename("/slot-b", "/slot-c")
os.remove("/slot-c")
`);
  assert.deepEqual(seen, [
    [1, null], // it is made
    [2, "1234"], // it is written
    [3, "12345678"], // it is renamed
    [4, null], // it is removed
  ]);
});
