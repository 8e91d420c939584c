import assert from "node:assert/strict";
import { test } from "node:test";
import {
  alarmTitleOfAny,
  byGravity,
  costText,
  evidenceLines,
  isShelved,
  isSuppressed,
  statisticsLine,
  withTold,
} from "../web/alarm-view.mjs";

test("the gravest alarm comes first, and of one severity the oldest", () => {
  const alarms = [
    { id: 1, severity: "Medium", raised_ms: 1 },
    { id: 2, severity: "High", raised_ms: 9 },
    { id: 4, severity: "High", raised_ms: 5 },
    { id: 3, severity: "High", raised_ms: 5 },
    { id: 5, severity: "Critical", raised_ms: 99 },
  ];
  assert.deepEqual(
    byGravity(alarms).map(({ id }) => id),
    [5, 3, 4, 2, 1],
  );
  assert.equal(alarms[0].id, 1, "it was sorted in place");
});

test("an alarm is on the shelf until its time, and none that is over", () => {
  const alarm = { cleared_ms: null, shelved_until_ms: 10 };
  assert.equal(isShelved(alarm, 9), true);
  assert.equal(isShelved(alarm, 10), false);
  assert.equal(isShelved({ ...alarm, cleared_ms: 5 }, 9), false);
  assert.equal(
    isShelved({ cleared_ms: null, shelved_until_ms: null }, 9),
    false,
  );
});

test("an alarm is suppressed while its machine is in maintenance, and none that is over", () => {
  assert.equal(isSuppressed({ cleared_ms: null, suppressed_ms: 5 }), true);
  assert.equal(isSuppressed({ cleared_ms: 9, suppressed_ms: 5 }), false);
  assert.equal(isSuppressed({ cleared_ms: null, suppressed_ms: null }), false);
});

test("of one severity the dearest comes first, and only what is known is told", () => {
  const alarms = [
    { id: 1, severity: "High", raised_ms: 1 },
    { id: 2, severity: "High", raised_ms: 2, cost_per_hour: 0.5 },
    { id: 3, severity: "Low", raised_ms: 2, cost_per_hour: 9 },
  ];
  assert.deepEqual(
    byGravity(alarms).map(({ id }) => id),
    [2, 1, 3],
  );
  assert.equal(costText({ cost_per_hour: null, cost_unit: "GBP/h" }), "");
  assert.equal(costText({ cost_per_hour: 2, cost_unit: "GBP/h" }), "£2.00");
});

test("evidence says since when, and whether it is over", () => {
  const found = { name: "current_high", severity: "High", text: "2.9 A" };
  const at = (ms) => `${ms} o'clock`;
  const evidence = [
    { ...found, time_ms: 3, over_ms: null },
    { ...found, time_ms: 1, over_ms: 2 },
  ];
  assert.deepEqual(
    evidenceLines({ evidence }, at).map(({ when }) => when),
    ["since 3 o'clock", "1 o'clock, over since 2 o'clock"],
  );
  assert.deepEqual(evidenceLines({}, at), []);
});

const SUMS = {
  device: "fan-01",
  name: null,
  count: 3,
  times: 7,
  suppressed: 2,
  duration_ms: 840_000,
  mtta: { value_ms: 95_000, of: 2, reason: null },
  mttr: { value_ms: 420_000, of: 2, reason: null },
  open: 1,
  open_ms: 4000,
  oldest_open_ms: 4000,
  precision: { value: 0.75, of: 4, reason: null },
};

test("what alarms add up to is told in words", () => {
  assert.deepEqual(statisticsLine(SUMS), {
    key: "fan-01/null",
    title: "fan-01",
    device: "fan-01",
    name: null,
    count: "3 (7 times)",
    hint: "2 of them in maintenance",
    open: "1, for up to 4 s",
    lasted: "14 min",
    mtta: { text: "1 min", hint: "of 2" },
    mttr: { text: "7 min", hint: "of 2" },
    precision: { text: "75 %", hint: "of 4" },
  });
});

test("an alarm of many machines is called as its type calls it", () => {
  const types = [
    { byFault: {}, byChannel: { rpm: { title: "Speed" } } },
    { byFault: { leak: { label: "Leak found" } }, byChannel: {} },
  ];
  assert.deepEqual(
    ["fault_leak", "rpm_low", "clock_off"].map((name) =>
      alarmTitleOfAny(name, types),
    ),
    ["Leak found", "Speed low", "Clock off"],
  );
});

test("a mean of nothing is a dash with its reason, never a zero", () => {
  const none = { value_ms: null, of: 0, reason: "none was acknowledged" };
  const line = statisticsLine({
    ...SUMS,
    device: null,
    name: "offline",
    count: 1,
    times: 1,
    duration_ms: 0,
    mtta: none,
    mttr: { ...none, reason: "none was cleared" },
  });
  assert.deepEqual(
    [line.title, line.count, line.lasted, line.mtta, line.mttr.hint],
    [
      "offline",
      "1",
      "–",
      { text: "–", hint: "none was acknowledged" },
      "none was cleared",
    ],
  );
});

test("alarms of the broker have the costs and verdicts that REST tells, by their ids", () => {
  const alarms = [{ id: 1 }, { id: 2, cost_per_hour: 9, cost_unit: "GBP/h" }];
  const verdict = { verdict: "right" };
  const told = [
    { id: 1, cost_per_hour: 2.5, cost_unit: "GBP/h", text: "x", verdict },
  ];
  const [dear, unknown] = withTold(alarms, told);
  assert.equal(costText(dear), "£2.50");
  assert.equal(dear.text, undefined);
  assert.equal(costText(unknown), "");
  assert.deepEqual([dear.verdict, unknown.verdict], [verdict, null]);
  assert.deepEqual(withTold([], told), []);
});
