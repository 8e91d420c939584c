import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";

import { createHost } from "./bridge.js";
import { boardFiles } from "./micropython.js";

/** A host, and the events of one connection as they happen. */
function connected(port) {
  const events = [];
  let wake = () => {};
  const host = createHost(() => {});
  const id = host.connect("127.0.0.1", port, (what, detail) => {
    events.push([what, detail]);
    wake();
  });
  const next = async (what) => {
    for (;;) {
      const found = events.find((event) => event[0] === what);
      if (found) return found[1];
      await new Promise((resolve) => (wake = resolve));
    }
  };
  return { host, id, events, next };
}

async function echoServer() {
  const server = net.createServer((socket) => socket.pipe(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

test("bytes go out and come back as hex", async () => {
  const server = await echoServer();
  const { host, id, next } = connected(server.address().port);
  await next("open");
  assert.equal(host.write(id, "00ff10"), "");
  assert.equal(await next("data"), "00ff10");
  host.close(id);
  server.close();
});

test("nobody listening is an event with the reason, not a throw", async () => {
  const { next } = connected(1); // which nobody but root may listen on
  assert.match(await next("closed"), /ECONNREFUSED/);
});

test("writing to a closed socket says so and throws nothing", async () => {
  const server = await echoServer();
  const { host, id, next } = connected(server.address().port);
  await next("open");
  host.close(id);
  assert.equal(host.write(id, "00"), "the connection was closed");
  assert.equal(host.unsent(id), 0);
  server.close();
});

test("nothing is told after close", async () => {
  const server = await echoServer();
  const { host, id, events, next } = connected(server.address().port);
  await next("open");
  host.close(id);
  const before = events.length;
  server.close();
  await once(server, "close");
  assert.equal(events.length, before);
});

test("dice are 8 hex digits and differ", () => {
  const host = createHost(() => {});
  const drawn = new Set(Array.from({ length: 20 }, () => host.random_hex()));
  for (const hex of drawn) assert.match(hex, /^[0-9a-f]{8}$/);
  assert.ok(drawn.size > 15);
});

test("the board carries the models and the device's files", () => {
  const files = boardFiles();
  for (const path of ["__init__.py", "models/noise.py", "device/app.py"])
    assert.ok(files.includes(path), path);
});
