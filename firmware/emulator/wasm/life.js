// One life of a board, in a worker thread: from power on to a restart, or to the cut of its power.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

import { createHost } from "./bridge.js";
import { copyOut, fill, watchSlots } from "./flash.js";

const here = dirname(fileURLToPath(import.meta.url));
const { flash, options } = workerData;
let { remaining } = workerData; // changes to the slots until the power is cut

const python = await loadMicroPython({
  heapsize: 256 * 1024,
  stdout: (line) => console.log(line),
  stderr: (line) => console.log(line),
});

function end(how) {
  parentPort.postMessage({ how, flash: copyOut(python.FS), remaining });
  // Nothing runs any more: the parent ends this thread, and with it the sockets.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

fill(python.FS, flash);
watchSlots(python.FS, () => {
  parentPort.postMessage({ how: "operation" });
  if (--remaining === 0) end("cut");
});
for (const name of ["flashed.py", "streams.py"])
  python.FS.writeFile(`/${name}`, readFileSync(join(here, name)));
python.FS.writeFile(
  "/selector.py",
  readFileSync(join(here, "..", "..", "device", "slots.py")),
);
python.registerJsModule(
  "host",
  createHost(() => setImmediate(() => end("restart"))),
);
const board = python.pyimport("flashed");
parentPort.on("message", (message) => {
  if (message.cutAfter === 0) end("cut");
  else if (message.cutAfter) remaining = message.cutAfter;
  else board.stop();
});
board.start(JSON.stringify(options));
