import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deedsOf,
  gatewayLine,
  partLines,
  processLines,
} from "../web/system-view.mjs";

test("what is down comes first, with what to do about it and what waits", () => {
  const health = {
    dependencies: {
      broker: { status: "ok", detail: "connected", since_ms: 0 },
      people: { status: "off", detail: "no file", since_ms: 0 },
      influxdb: {
        status: "down",
        detail: "refused",
        since_ms: 0,
        behind: 1200,
      },
      stranger: { status: "down", detail: "?", since_ms: 0 },
    },
  };
  const lines = partLines(health, 1000);
  assert.deepEqual(
    lines.map(({ title, text }) => [title, text]),
    [
      ["InfluxDB", "Down"],
      ["stranger", "Down"],
      ["Broker", "Works"],
      ["Telling people", "Not used"],
    ],
  );
  assert.equal(lines[0].detail, "refused; 1,200 rows wait");
  assert.match(lines[0].todo, /^Start it/);
});

test("a gateway that is silent is down since then, one that was never asked is not known", () => {
  assert.equal(gatewayLine({ asked: false }, 0).text, "Not known");
  const well = { asked: true, answers: true, version: "1.2", uptime_s: 120 };
  assert.deepEqual(
    [gatewayLine(well, 0).since, gatewayLine(well, 0).detail],
    ["for 2 min", "version 1.2"],
  );
  const silent = gatewayLine({ asked: true, answers: false, since_ms: 0 }, 0);
  assert.deepEqual([silent.text, silent.isDown], ["Down", true]);
});

test("a process says how often it was started again", () => {
  const process = { name: "devices", state: "RUNNING", down: false };
  const notes = [
    { ...process, restarts: 0, last_exit_ms: null },
    { ...process, restarts: 1, last_exit_ms: 1 },
    { ...process, restarts: 3, last_exit_ms: 1, state: "STARTING", down: true },
  ];
  const lines = processLines(notes, 60_001);
  assert.deepEqual(
    lines.map(({ text, note }) => [text, note]),
    [
      ["Runs", "never ended"],
      ["Runs", "started again once, last 1 min ago"],
      ["Down", "started again 3 times, last 1 min ago"],
    ],
  );
});

test("the deeds to choose from are those there are, and the chosen one", () => {
  const entries = [
    { what: "shelved" },
    { what: "command" },
    { what: "shelved" },
  ];
  assert.deepEqual(deedsOf(entries, "token_refused"), [
    { value: "command", text: "Command" },
    { value: "shelved", text: "Shelved" },
    { value: "token_refused", text: "Token refused" },
  ]);
});
