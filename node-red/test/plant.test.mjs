import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRow } from "../web/fleet-rows.mjs";
import { plantView } from "../web/plant.mjs";

const NOW_MS = 1_700_000_000_000;
const TYPES = {
  pump: {
    byFault: { dry_run: { label: "Dry Run" } },
    byChannel: { flow: { title: "Flow" } },
  },
};

const device = (id, extra = {}) => ({
  ...decodeRow([id, "pump", "", "online", 1, "", "", "None", null]),
  alarms: 0,
  seenMs: NOW_MS,
  ...extra,
});
const alarm = (name, minutes) => ({
  name,
  raisedMs: NOW_MS - minutes * 60_000,
});
const view = (...devices) =>
  plantView({ devices, types: TYPES, nowMs: NOW_MS });

test("a plant without trouble says how many machines there are, and no more", () => {
  assert.deepEqual(view(device("a"), device("b")), {
    text: "2 machines, no trouble",
    severity: "sev-none",
    worst: null,
    groups: [],
  });
  assert.equal(view(device("a")).text, "1 machine, no trouble");
  assert.equal(view().text, "No machine yet");
  const never = device("new", { fresh: false, seenMs: null });
  assert.deepEqual(view(never).groups, []);
});

test("the worst alarm has its name, its machine and its age, and gives the colour", () => {
  const dry = { alarms: 1, worst: 3, topAlarm: alarm("fault_dry_run", 5) };
  const low = { alarms: 1, worst: 1, topAlarm: alarm("flow_low", 9) };
  const found = view(device("b", low), device("a", dry));
  assert.equal(found.text, "2 in trouble");
  assert.equal(found.severity, "sev-high");
  assert.deepEqual(found.worst, {
    device: "a",
    called: "a",
    text: "Dry Run",
    since: "5 min ago",
    severity: "sev-high",
  });
  const [{ lines }] = found.groups;
  assert.deepEqual(
    lines.map(({ text }) => text),
    ["Dry Run", "Flow low"],
  );
});

test("a machine is called by the name that people gave it", () => {
  const found = view(device("press-1", { name: "Press No. 1", aside: 1 }));
  assert.deepEqual(
    [found.worst.device, found.worst.called],
    ["press-1", "Press No. 1"],
  );
});

test("silent and offline machines are groups of their own, the longest first", () => {
  const gone = (minutes, extra = {}) => ({
    fresh: false,
    seenMs: NOW_MS - minutes * 60_000,
    ...extra,
  });
  const told = { alarms: 1, worst: 2, topAlarm: alarm("silent", 1) };
  const found = view(
    device("s1", gone(2, told)),
    device("s2", gone(30)),
    device("o", gone(600, { status: "offline" })),
  );
  assert.equal(found.text, "2 silent, 1 offline");
  assert.equal(found.severity, "sev-medium");
  assert.deepEqual(found.worst, {
    device: "o",
    called: "o",
    text: "Offline",
    since: "10 h ago",
    severity: "sev-medium",
  });
  assert.deepEqual(
    found.groups.map(({ lines }) => lines.map((line) => line.device)),
    [["s2", "s1"], ["o"]],
  );
});

test("a line says which place it has among all, whatever its group", () => {
  const critical = { alarms: 1, worst: 4, topAlarm: alarm("hot_high", 1) };
  const found = view(
    device("high", { alarms: 1, worst: 3, topAlarm: alarm("rpm_low", 1) }),
    device("gone", { fresh: false, seenMs: NOW_MS - 60_000, ...critical }),
  );
  const placed = found.groups.flatMap(({ lines }) =>
    lines.map(({ device: id, place }) => [place, id]),
  );
  assert.deepEqual(placed.sort(), [
    [0, "gone"],
    [1, "high"],
  ]);
  assert.equal(found.worst.device, "gone");
});

test("a fault without an alarm, a channel set aside and a shelved alarm are named", () => {
  const found = view(
    device("f", { label: "Dry run", severity: "Medium" }),
    device("c", { aside: 1 }),
    device("s", { alarms: 1 }),
  );
  assert.deepEqual(
    found.groups[0].lines.map(({ text }) => text),
    ["Dry run", "A channel set aside", "Alarms on the shelf"],
  );
});

test("a machine in maintenance is in no count, in no colour, and in the list", () => {
  const maintenance = { since_ms: 0, until_ms: null };
  const gone = { fresh: false, seenMs: 0, status: "offline", maintenance };
  const hot = { alarms: 1, worst: 4, severity: "Critical", maintenance };
  const found = view(device("m1", gone), device("m2", hot), device("a"));
  assert.equal(found.text, "3 machines, no trouble");
  assert.equal(found.worst, null);
  assert.deepEqual(
    found.groups.map(({ title, lines }) => [title, lines.length]),
    [["In maintenance", 2]],
  );
  const texts = found.groups[0].lines.map(({ text }) => text);
  assert.deepEqual(texts, ["In maintenance", "In maintenance"]);
  const silent = device("s", { fresh: false });
  assert.equal(view(device("m1", gone), silent).worst.device, "s");
});
