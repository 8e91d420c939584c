import assert from "node:assert/strict";
import { test } from "node:test";
import { clock } from "../web/format.mjs";
import { findProblems, softwareView, systemState } from "../web/problems.mjs";

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
  assert.equal(systemState(live), "works");
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
  assert.equal(systemState(well), "works");
  assert.equal(systemState(withProcesses([], "degraded")), "degraded");
  const down = [ended("devices", 990_000, { down: true })];
  assert.equal(systemState(withProcesses(down, "degraded")), "degraded");
  assert.equal(systemState({ ...well, broker: "down" }), "down");
  assert.equal(systemState({ ...well, connected: false }), "down");
  const silent = { asked: true, answers: false };
  assert.equal(systemState({ ...well, health: silent }), "down");
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

test("the header has a word for the software, whatever the machines do", () => {
  const live = {
    connected: true,
    health: HEALTHY,
    broker: "ok",
    devices: [{ status: "offline", alarms: 13, worst: 3 }],
    nowMs: 0,
  };
  const view = (extra) => softwareView({ ...live, ...extra });
  assert.deepEqual(view({}), { state: "works", severity: "sev-none" });
  assert.deepEqual(view({ connected: false }).severity, "sev-high");
  const health = { ...HEALTHY, dependencies: { people: { status: "down" } } };
  assert.deepEqual(view({ health }).severity, "sev-medium");
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
  assert.equal(softwareView({ ...live, health }).state, "degraded");
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
  const heard = { status: "online", fresh: true, stale: false };
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
  const live = { health: HEALTHY, broker: "ok", devices: [], nowMs: 0 };
  const told = findProblems({ ...live, ownAlarms: [damaged] });
  assert.deepEqual(
    told.map(({ name, level }) => [name, level]),
    [["journal_damaged", "notice"]],
  );
  const ownAlarms = [damaged];
  assert.equal(softwareView({ ...live, ownAlarms }).state, "works");
});
