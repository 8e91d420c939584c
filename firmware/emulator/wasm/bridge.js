// Sockets, clock and dice for MicroPython: what boot.py imports as `host`.
// A throw from here would end the process instead of raising in Python, so nothing throws.

import { randomBytes } from "node:crypto";
import net from "node:net";
import { performance } from "node:perf_hooks";

/** @param {(problem: string) => void} onFinished told once, with what went wrong or "" */
export function createHost(onFinished) {
  const sockets = new Map();
  let last = 0;

  function connect(host, port, happened) {
    const id = ++last;
    const socket = net.connect({ host, port });
    // Deferred to a tick of its own: Python must not be entered while it is in a call to us.
    const tell = (what, detail) => {
      if (sockets.get(id) === socket) happened(what, detail);
    };
    sockets.set(id, socket);
    socket.setNoDelay(true);
    socket.on("connect", () => tell("open", ""));
    socket.on("data", (data) => tell("data", data.toString("hex")));
    socket.on("error", (error) => tell("closed", error.message));
    socket.on("close", () => tell("closed", "the connection was closed"));
    return id;
  }

  function write(id, hex) {
    const socket = sockets.get(id);
    if (!socket || socket.destroyed || !socket.writable)
      return "the connection was closed";
    socket.write(Buffer.from(hex, "hex"));
    return "";
  }

  function close(id) {
    const socket = sockets.get(id);
    if (!socket) return;
    sockets.delete(id);
    socket.end();
    setTimeout(() => socket.destroy(), 1000).unref();
  }

  return {
    connect,
    write,
    close,
    unsent: (id) => sockets.get(id)?.writableLength ?? 0,
    monotonic_ms: () => performance.now(),
    random_hex: () => randomBytes(4).toString("hex"),
    finished: onFinished,
  };
}
