import assert from "node:assert/strict";
import { test } from "node:test";
import { order } from "../nodes/lib/command.mjs";
import { historyQuestion } from "../nodes/lib/history.mjs";
import { kpisQuestion } from "../nodes/lib/kpis.mjs";
import { wishOf, filtersOf } from "../nodes/lib/machine.mjs";
import { rangeOf, timeOf } from "../nodes/lib/ranges.mjs";
import { historyRows, kpiRows } from "../nodes/lib/rows.mjs";

const NOW = 1_763_629_200_000;

test("a time is how long ago, now, ISO 8601 or Unix milliseconds", () => {
  const times = {
    "90s": NOW - 90_000,
    "30m": NOW - 1_800_000,
    "30 min": NOW - 1_800_000,
    "-2h": NOW - 7_200_000,
    "now-1.5d": NOW - 129_600_000,
    "2w": NOW - 1_209_600_000,
    now: NOW,
  };
  for (const [text, ms] of Object.entries(times))
    assert.equal(timeOf(text, "from", NOW), String(ms), text);
  for (const text of ["2025-11-20", "2025-11-20T09:00:00+01:00", `${NOW}`])
    assert.equal(timeOf(text, "from", NOW), text);
  assert.equal(timeOf(new Date(NOW), "from"), String(NOW));
  assert.equal(timeOf(0, "from"), "0");
  for (const none of [undefined, null, ""])
    assert.equal(timeOf(none, "from"), undefined);
});

test("what is no time is said with what to write, and an empty range is named", () => {
  for (const wrong of ["yesterday", "2y", "-1", -1, NaN, {}, true, "2h; drop"])
    assert.throws(() => timeOf(wrong, "from"), /is no time for "from".*30m/s);
  assert.throws(() => timeOf(new Date("x"), "to"), /is no time for "to"/);
  assert.throws(() => rangeOf({ from: "1h", to: "2h" }, {}), /range would be/);
});

test("the message's words go before the node's", () => {
  const config = { device: "fan-01", from: "1h", channels: "rpm", points: "" };
  const asked = historyQuestion({ device: "fan-02", points: 10 }, config);
  assert.equal(asked.device, "fan-02");
  assert.equal(asked.query.points, "10");
  assert.equal(asked.query.channels, "rpm");
  const listed = historyQuestion({ channels: ["rpm", " current "] }, config);
  assert.equal(listed.query.channels, "rpm,current");
});

test("what cannot be asked is named before it is asked", () => {
  assert.throws(() => historyQuestion({}, {}), /There is no device/);
  assert.throws(
    () => historyQuestion({ device: "../secrets" }, {}),
    /"\.\.\/secrets" is no name of a device/,
  );
  const fan = { device: "fan-01" };
  assert.throws(() => historyQuestion({ ...fan, points: 1 }, {}), /2 to 2000/);
  assert.throws(
    () => historyQuestion({ ...fan, channels: [1] }, {}),
    /msg\.channels must be/,
  );
  assert.throws(
    () => historyQuestion({ ...fan, channels: "x".repeat(2001) }, {}),
    /at most 2000/,
  );
  assert.throws(
    () => kpisQuestion({ ...fan, bucket: "year" }, {}),
    /"year" is no bucket: write minute/,
  );
});

test("figures are of a machine, or of machines together", () => {
  const config = { group: "site", device: "fan-01", bucket: "day" };
  assert.equal(kpisQuestion({}, config).path, "/kpis");
  assert.equal(
    kpisQuestion({ device: "fan-02" }, config).path,
    "/devices/fan-02/kpis",
  );
  assert.equal(kpisQuestion({ group: "tag" }, config).query.group, "tag");
  assert.equal(
    kpisQuestion({}, { ...config, group: "" }).path,
    "/devices/fan-01/kpis",
  );
});

test("a command's arguments are an object or JSON of one", () => {
  const config = { device: "fan-01", command: "set_rate", args: "" };
  const wish = { device: "fan-01", name: "set_rate" };
  assert.deepEqual(order({}, config), { ...wish, args: {} });
  const args = { rate_hz: 5 };
  assert.deepEqual(order({ args }, config), { ...wish, args });
  assert.deepEqual(order({ args: '{"rate_hz":5}' }, config), { ...wish, args });
  for (const wrong of ["5", "[1]", "{", [1], 5])
    assert.throws(() => order({ args: wrong }, config), /are no object/);
});

test("a machine node hears what it tells, and the state", () => {
  const one = wishOf({ scope: "device", device: "fan-01", alarm: true });
  assert.deepEqual(filtersOf("hall", one), [
    "edgetwin/v1/hall/fan-01/state",
    "edgetwin/v1/hall/fan-01/alarm",
  ]);
  const all = wishOf({ scope: "all", event: true });
  assert.deepEqual(filtersOf("hall", all), ["edgetwin/v1/hall/+/state"]);
  assert.throws(() => wishOf({ scope: "all" }), /Nothing is chosen/);
  assert.throws(() => wishOf({ scope: "group", state: true }), /is no group/);
  assert.throws(
    () => wishOf({ scope: "device", device: "a/+", state: true }),
    /is no name/,
  );
});

test("rows are one object a bucket", () => {
  const history = {
    time_ms: [1, 2],
    count: [5, 6],
    channels: { rpm: { min: [1, 2], mean: [3, 4], max: [5, null] } },
    counters: { litres: { last: [7, 8], increase: [null, 1] } },
    kpis: { health_percent: { value: [100, 85], reason: [null, null] } },
  };
  assert.deepEqual(historyRows(history)[1], {
    ...{ time_ms: 2, count: 6, rpm: 4, rpm_min: 2, rpm_max: null },
    ...{ litres: 8, litres_increase: 1, health_percent: 85 },
  });
  const when = { time_ms: [1], end_ms: [2], label: ["2025-11-20"] };
  const kpis = { cost: { value: [null], reason: ["no plan"] } };
  const row = { time_ms: 1, end_ms: 2, label: "2025-11-20", cost: null };
  assert.deepEqual(kpiRows({ ...when, kpis }), [row]);
  const groups = [{ name: "hall", devices: [], kpis }];
  assert.deepEqual(kpiRows({ ...when, groups }), [{ ...row, group: "hall" }]);
});
