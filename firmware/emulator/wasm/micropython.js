// Loads MicroPython with the board's own files in its file system, unchanged.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const firmware = join(here, "..", "..");

/** Paths below firmware/ that a board carries. */
export function boardFiles() {
  const inside = (folder) =>
    readdirSync(join(firmware, folder))
      .filter((name) => name.endsWith(".py"))
      .map((name) => join(folder, name));
  return ["__init__.py", ...inside("models"), ...inside("device")];
}

/**
 * @param {object} host what boot.py imports as `host`
 * @param {(line: string) => void} onLine the board's console
 */
export async function startMicroPython(host, onLine) {
  const python = await loadMicroPython({
    heapsize: 256 * 1024,
    stdout: onLine,
    stderr: onLine,
  });
  for (const folder of ["models", "device"])
    python.FS.mkdirTree(`/app/firmware/${folder}`);
  for (const path of boardFiles())
    python.FS.writeFile(
      `/app/firmware/${path}`,
      readFileSync(join(firmware, path)),
    );
  for (const name of ["boot.py", "streams.py"])
    python.FS.writeFile(`/app/${name}`, readFileSync(join(here, name)));
  python.registerJsModule("host", host);
  python.runPython("import sys; sys.path.insert(0, '/app')");
  return python.pyimport("boot");
}
