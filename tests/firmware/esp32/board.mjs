// A board behind a serial port: MicroPython in WebAssembly whose flash is a directory of the host.
//
//   node board.mjs FLASH run|prompt|raw WORLD
//
// Bytes in are what arrives at the board's UART, bytes out what it sends. It ends with an exit code
// that says what became of it; whoever started it starts it again, as power and reset do.

import fs from "node:fs";
import { createSocket } from "node:dgram";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { loadMicroPython } from "../../../firmware/node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs";
import { createHost } from "../../../firmware/emulator/wasm/bridge.js";

const RESET = 64;
const SOFT_RESET = 66;
const WATCHDOG = 67;
const NOT_FLASH = new Set(["dev", "home", "proc", "rom", "tmp"]);

const here = dirname(fileURLToPath(import.meta.url));
const [flash, mode, worldText] = process.argv.slice(2);
const world = JSON.parse(worldText);

const out = (data) => fs.writeSync(1, data);
const python = await loadMicroPython({
  heapsize: 256 * 1024,
  linebuffer: false,
  stdout: out,
  stderr: out,
});

// ---------------------------------------------------------------- flash

function load(from, to) {
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const target = `${to}/${entry.name}`;
    if (entry.isDirectory()) {
      python.FS.mkdirTree(target);
      load(join(from, entry.name), target);
    } else
      python.FS.writeFile(target, fs.readFileSync(join(from, entry.name)));
  }
}

function save(from, to) {
  fs.mkdirSync(to, { recursive: true });
  for (const name of python.FS.readdir(from || "/")) {
    const source = `${from}/${name}`;
    if (name === "." || name === ".." || (!from && NOT_FLASH.has(name)))
      continue;
    if (python.FS.isDir(python.FS.stat(source).mode))
      save(source, join(to, name));
    else fs.writeFileSync(join(to, name), python.FS.readFile(source));
  }
}

function end(code) {
  fs.rmSync(flash, { recursive: true, force: true });
  save("", flash);
  process.exit(code);
}

// ---------------------------------------------------------------- hardware

let watchdog;
const links = new Map();
const hardware = {
  ...createHost(() => {}),
  world: worldText,
  reset: () => setImmediate(() => end(RESET)),
  feed(timeout_ms) {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => end(WATCHDOG), timeout_ms);
  },
  udp_open() {
    const link = { socket: createSocket("udp4"), arrived: [] };
    link.socket.on("message", (data) => link.arrived.push(data.toString("hex")));
    link.socket.on("error", () => {});
    links.set(links.size, link);
    return links.size - 1;
  },
  udp_send: (id, address, port, hex) =>
    links.get(id).socket.send(Buffer.from(hex, "hex"), port, address),
  udp_receive: (id) => links.get(id).arrived.shift() ?? "",
  udp_close: (id) => links.get(id).socket.close(),
};

python.FS.mkdirTree("/rom");
for (const name of fs.readdirSync(join(here, "rom")).filter((n) => n.endsWith(".py")))
  python.FS.writeFile(`/rom/${name}`, fs.readFileSync(join(here, "rom", name)));
const streams = join(here, "../../../firmware/emulator/wasm/streams.py");
python.FS.writeFile("/rom/streams.py", fs.readFileSync(streams));
fs.mkdirSync(flash, { recursive: true });
load(flash, "");
python.registerJsModule("host", hardware);
python.runPython("import sys; sys.path[:] = ['/', '/rom', '.frozen']; import rom_start");

process.on("SIGTERM", () => end(0));

// ---------------------------------------------------------------- power on

if (mode === "run") {
  fs.writeSync(2, "running\n");
  try {
    if (fs.existsSync(join(flash, "main.py")))
      python.runPython("exec(open('/main.py').read(), {'__name__': '__main__'})");
    else prompt();
  } catch (error) {
    out(`${error.message}\r\n`);
    prompt();
  }
} else prompt();

function prompt() {
  fs.writeSync(2, "prompt\n");
  if (mode === "raw") out("\r\nMPY: soft reboot\r\n");
  python.replInit();
  if (mode === "raw") feed(Buffer.from([1]));
  process.stdin.on("data", feed);
}

function feed(data) {
  // Raw-paste mode needs an interpreter that waits for input; ours is called with each byte.
  const text = data.toString("latin1").replace("\x05A\x01", () => {
    out("R\x00");
    return "";
  });
  for (const byte of Buffer.from(text, "latin1"))
    if (python.replProcessChar(byte)) end(SOFT_RESET);
}
