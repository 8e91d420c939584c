import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import express from "express";
import { createGuard, guardHttp } from "../lib/guard.mjs";
import { limitConnections } from "../lib/patience.mjs";
import { addressOf, createStrangers } from "../lib/strangers.mjs";

const TOKEN = "0f3c9a52e7d14b86a1905dc27e48f63b";
const folder = () => mkdtempSync(path.join(tmpdir(), "strangers-"));
const basic = (password) =>
  `Basic ${Buffer.from(`me:${password}`).toString("base64")}`;
const listening = (server) =>
  new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(server.address().port)),
  );

test("the eleventh wrong password in a minute has to wait, and only there", () => {
  let now = 0;
  const strangers = createStrangers({ dataDir: folder(), now: () => now });
  const waits = Array.from({ length: 11 }, () => strangers.failed("a"));
  assert.deepEqual(waits, [...Array(10).fill(0), 60]);
  assert.equal(strangers.failed("b"), 0);
  now = 61_000;
  assert.equal(strangers.failed("a"), 0);
  strangers.flush();
});

test("wrong passwords are left for the audit trail, counted by address", () => {
  const dataDir = folder();
  const strangers = createStrangers({ dataDir, now: () => 7 });
  for (const address of ["a", "a", "b"]) strangers.failed(address);
  strangers.flush();
  const file = path.join(dataDir, "audit", "dashboard.jsonl");
  const events = readFileSync(file, "utf8").trim().split("\n").map(JSON.parse);
  assert.deepEqual(
    events.map(({ origin, what, count }) => [origin, what, count]),
    [
      ["a", "password_refused", 2],
      ["b", "password_refused", 1],
    ],
  );
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("the right password opens while wrong ones wait", async (t) => {
  const dataDir = folder();
  const strangers = createStrangers({ dataDir });
  const site = express();
  const guard = createGuard({ host: "127.0.0.1", token: TOKEN });
  site.use(guardHttp(guard, strangers));
  site.get("/", (_request, response) => response.send("in"));
  const server = http.createServer(site);
  const url = `http://127.0.0.1:${await listening(server)}/`;
  t.after(() => server.close());
  const ask = (headers) => fetch(url, { headers });
  assert.equal((await ask({})).status, 401);
  assert.ok(!existsSync(`${dataDir}/audit`));
  for (let guess = 0; guess < 10; guess += 1)
    assert.equal((await ask({ authorization: basic(`${guess}`) })).status, 401);
  const slowed = await ask({ authorization: basic("11") });
  assert.equal(slowed.status, 429);
  assert.ok(Number(slowed.headers.get("retry-after")) > 0);
  const right = await ask({ authorization: basic(TOKEN) });
  assert.equal(await right.text(), "in");
  strangers.flush();
});

test("a crowd that says nothing, or half, keeps nobody out", async (t) => {
  const answer = (_request, response) => response.end("in");
  const server = limitConnections(http.createServer(answer), 20);
  const port = await listening(server);
  const crowd = [];
  t.after(() => {
    for (const socket of crowd) socket.destroy();
    server.close();
  });
  for (const said of ["", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
    for (let count = 0; count < 40; count += 1) {
      const socket = net.connect(port, "127.0.0.1");
      socket.on("error", () => {});
      await new Promise((resolve) => socket.once("connect", resolve));
      socket.write(said);
      crowd.push(socket);
    }
  const response = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(await response.text(), "in");
});

test("an address is told without its dress", () => {
  assert.equal(addressOf({ remoteAddress: "::ffff:10.0.0.5" }), "10.0.0.5");
  assert.equal(addressOf({}), "unknown");
});
