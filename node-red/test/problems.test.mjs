import assert from "node:assert/strict";
import { test } from "node:test";
import { findProblems } from "../web/problems.mjs";

const HEALTHY = {
  asked: true,
  answers: true,
  dependencies: { broker: { status: "ok" }, influxdb: { status: "off" } },
};

const named = (live) =>
  findProblems({ broker: "ok", devices: [], nowMs: 0, ...live }).map(
    ({ name }) => name,
  );

test("the banner is silent when all is well, also while InfluxDB is off", () => {
  assert.deepEqual(named({ health: HEALTHY }), []);
  assert.deepEqual(named({ health: { asked: false, answers: false } }), []);
});

test("the banner names what is down, the serious first", () => {
  assert.deepEqual(named({ health: { asked: true, answers: false } }), [
    "gateway",
  ]);
  const dependencies = {
    influxdb: { status: "down", detail: "refused", behind: 1234 },
    inference: { status: "down" },
  };
  const health = { ...HEALTHY, dependencies };
  assert.deepEqual(named({ health }), ["inference", "influxdb"]);
  const texts = findProblems({
    health,
    broker: "ok",
    devices: [],
    nowMs: 0,
  }).map((p) => p.text);
  assert.match(texts[1], /1,234 rows/);
  assert.deepEqual(named({ health: HEALTHY, broker: "down" }), ["broker"]);
  const both = { ...HEALTHY, dependencies: { broker: { status: "down" } } };
  assert.deepEqual(named({ health: both, broker: "down" }), ["broker"]);
});

test("the banner names a process that does not stay up, and in one line those that were started again", () => {
  const process = (name, state, last_exit_ms) => ({
    name,
    state,
    restarts: 1,
    last_exit_ms,
  });
  const processes = [
    process("devices", "BACKOFF", 990_000),
    process("inference", "RUNNING", 990_000),
    process("dashboard", "RUNNING", 991_000),
    process("gateway", "RUNNING", 1000),
    process("broker", "RUNNING", null),
  ];
  const health = { ...HEALTHY, processes };
  const found = findProblems({
    health,
    broker: "ok",
    devices: [],
    nowMs: 1_000_000,
  });
  assert.deepEqual(
    found.map(({ name }) => name),
    ["process-devices", "restarted"],
  );
  assert.match(found[1].text, /processes inference, dashboard ended/);
});

test("the banner counts stale diagnoses among the machines that report", () => {
  const reporting = { status: "online", fresh: true, stale: false };
  const devices = [
    { ...reporting, stale: true },
    reporting,
    { ...reporting, stale: true, fresh: false },
  ];
  const [problem] = findProblems({
    health: HEALTHY,
    broker: "ok",
    devices,
    nowMs: 0,
  });
  assert.match(problem.text, /1 of 2/);
});
