import assert from "node:assert/strict";
import { test } from "node:test";
import { clock } from "../web/format.mjs";
import { findProblems, headline, systemState } from "../web/problems.mjs";

const HEALTHY = {
  asked: true,
  answers: true,
  status: "ok",
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

test("the banner says why there are no shifts, and nothing is degraded by it", () => {
  const health = { ...HEALTHY, shifts_error: "shifts.toml is not TOML." };
  const live = { connected: true, health, broker: "ok", devices: [], nowMs: 0 };
  assert.deepEqual(named({ health }), ["shifts"]);
  assert.match(findProblems(live)[0].text, /not TOML/);
  assert.equal(systemState(live), "working");
});

const NOW_MS = 1_000_000;
const ended = (name, last_exit_ms, { down = false } = {}) => ({
  name,
  state: down ? "STARTING" : "RUNNING",
  restarts: 1,
  last_exit_ms,
  down,
});

function withProcesses(processes, status) {
  const health = { ...HEALTHY, status, processes };
  return { connected: true, health, broker: "ok", devices: [], nowMs: NOW_MS };
}

test("the banner names a process that /health says is down", () => {
  const processes = [ended("devices", 990_000, { down: true })];
  const [problem, ...others] = findProblems(
    withProcesses(processes, "degraded"),
  );
  assert.deepEqual([problem.name, others], ["process-devices", []]);
  assert.equal(problem.level, "serious");
  assert.match(problem.text, /devices/);
  assert.deepEqual(findProblems(withProcesses([ended("a", null)], "ok")), []);
});

test("processes that were started again lately are one quiet line with a time for each", () => {
  const processes = [
    ended("dashboard", 991_000),
    ended("inference", 970_000),
    ended("gateway", 1000),
    ended("broker", null),
  ];
  const [problem, ...others] = findProblems(withProcesses(processes, "ok"));
  assert.deepEqual(
    [problem.name, problem.level, others],
    ["restarted", "information", []],
  );
  const at = (ms) => clock(ms, NOW_MS);
  assert.equal(
    problem.text,
    `The processes inference (${at(970_000)}), dashboard (${at(991_000)}) ended and were started again.`,
  );
  const alone = findProblems(withProcesses(processes.slice(0, 1), "ok"));
  assert.match(alone[0].text, /^The process dashboard \(.*was started again/);
});

test("the header says degraded when /health does, and when the dashboard itself is cut off", () => {
  const restarted = [ended("inference", 990_000)];
  const well = withProcesses(restarted, "ok");
  assert.equal(systemState(well), "working");
  assert.equal(systemState(withProcesses([], "degraded")), "degraded");
  const down = [ended("devices", 990_000, { down: true })];
  assert.equal(systemState(withProcesses(down, "degraded")), "broken");
  assert.equal(systemState({ ...well, broker: "down" }), "broken");
  assert.equal(systemState({ ...well, connected: false }), "broken");
  const silent = { asked: true, answers: false };
  assert.equal(systemState({ ...well, health: silent }), "broken");
  const influxdb = { ...HEALTHY.dependencies, influxdb: { status: "down" } };
  const behind = { ...HEALTHY, status: "degraded", dependencies: influxdb };
  assert.equal(systemState({ ...well, health: behind }), "degraded");
});

test("a file of a type that cannot be used is told with its sentence", () => {
  const assets_error = ["mixer.toml: it is not TOML: line 3"];
  const health = { ...HEALTHY, assets_error };
  const [problem] = findProblems({
    health,
    broker: "ok",
    devices: [],
    nowMs: 0,
  });
  assert.match(problem.text, /mixer\.toml: it is not TOML/);
  assert.equal(problem.level, "notice");
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
  assert.equal(problem.level, "information");
});

const heard = { status: "online", fresh: true, alarms: 0, seenMs: 1 };
const whole = (devices, extra = {}) =>
  headline({
    connected: true,
    health: HEALTHY,
    broker: "ok",
    devices,
    nowMs: 0,
    ...extra,
  });

test("the header never says that all works over alarms, silence or what is down", () => {
  assert.deepEqual(whole([heard]), {
    text: "All systems working",
    severity: "sev-none",
  });
  const alarmed = { ...heard, alarms: 13, worst: 3 };
  const silent = { ...heard, fresh: false };
  const offline = { ...heard, status: "offline" };
  assert.equal(whole([alarmed]).text, "1 machine in trouble");
  assert.equal(whole([alarmed]).severity, "sev-high");
  assert.equal(whole([heard, silent]).text, "1 machine silent");
  assert.equal(whole([heard, offline]).text, "1 machine offline");
  const down = { ...HEALTHY, dependencies: { broker: { status: "down" } } };
  assert.deepEqual(whole([heard], { health: down }), {
    text: "System degraded",
    severity: "sev-high",
  });
  assert.equal(
    whole([alarmed, silent], { health: down }).text,
    "1 machine in trouble, 1 silent; system degraded",
  );
  assert.equal(whole([silent], { connected: false }).text, "System degraded");
});

test("the gateway's clock in doubt is named with what it means, and degrades", () => {
  const clockDown = { status: "down", detail: "It is 3 d behind." };
  const dependencies = { ...HEALTHY.dependencies, clock: clockDown };
  const health = { ...HEALTHY, status: "degraded", dependencies };
  const alarm = { name: "clock_in_doubt", severity: "High", text: "No." };
  const live = { health, broker: "ok", devices: [], nowMs: 0 };
  const problems = findProblems({ ...live, ownAlarms: [alarm] });
  assert.deepEqual(
    problems.map(({ name, level, text }) => [name, level, text]),
    [
      [
        "clock",
        "lesser",
        "The gateway's clock is in doubt. It is 3 d behind. " +
          "Nothing is deleted or refused for its age until it is right again.",
      ],
    ],
  );
  assert.equal(whole([heard], { health }).text, "System degraded");
});

test("an alarm of the gateway's own is a problem of its weight, told once", () => {
  const damaged = {
    name: "journal_damaged",
    severity: "Critical",
    text: "Set aside.",
  };
  const minor = { name: "anything", severity: "Medium", text: "Look." };
  const live = {
    health: { ...HEALTHY, status: "degraded" },
    broker: "ok",
    devices: [],
    nowMs: 0,
  };
  const told = findProblems({ ...live, ownAlarms: [minor, damaged] });
  assert.deepEqual(
    told.map(({ name, level, text }) => [name, level, text]),
    [
      ["journal_damaged", "serious", "Set aside."],
      ["anything", "lesser", "Look."],
    ],
  );
  const full = {
    name: "journal_not_writable",
    severity: "Critical",
    text: "x",
  };
  const dependencies = { journal: { status: "down", detail: "disk full" } };
  const health = { ...HEALTHY, dependencies };
  const once = findProblems({ ...live, health, ownAlarms: [full] });
  assert.deepEqual(
    once.map(({ name }) => name),
    ["journal"],
  );
});

test("what cannot be judged is not counted as a stale diagnosis", () => {
  const stale = { ...heard, stale: true };
  const devices = [heard, { ...stale, unjudged: true }];
  const live = { health: HEALTHY, broker: "ok", devices, nowMs: 0 };
  assert.deepEqual(findProblems(live), []);
});

test("an alarm that /health is ok with is a notice: the header follows /health", () => {
  const damaged = {
    name: "journal_damaged",
    severity: "Critical",
    text: "It was set aside.",
  };
  const live = { health: HEALTHY, broker: "ok", devices: [heard], nowMs: 0 };
  const told = findProblems({ ...live, ownAlarms: [damaged] });
  assert.deepEqual(
    told.map(({ name, level }) => [name, level]),
    [["journal_damaged", "notice"]],
  );
  assert.deepEqual(whole([heard], { ownAlarms: [damaged] }), {
    text: "All systems working",
    severity: "sev-none",
  });
});
