import assert from "node:assert/strict";
import { test } from "node:test";
import { earlier, linesOf, namesIn, pointedAt } from "../web/compare.mjs";
import { useZone, wallAt } from "../web/site-time.mjs";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (text) => Date.parse(`${text}Z`);

const history = (device, times, mean, more = {}) => ({
  ...{ device, bucket_ms: HOUR, time_ms: times },
  count: times.map(() => 10),
  coverage: times.map(() => 1),
  channels: { temperature: { min: mean, mean, max: mean } },
  kpis: {},
  ...more,
});
const options = (days, nowMs) => ({
  ...{ days, nowMs, calledAs: (id) => id.toUpperCase() },
  shapeOf: () => ({ staleMs: 30_000, periodMs: 1000 }),
});

test("a week lies on the one before by weekday and hour, also where the clock was put between", () => {
  useZone("Europe/London");
  const window = {
    fromMs: at("2026-10-26T00:00"),
    toMs: at("2026-10-27T00:00"),
  };
  const before = earlier(window, 7);
  assert.equal(before.fromMs, at("2026-10-18T23:00")); // Monday, midnight in summer time
  const noon = at("2026-10-26T12:00");
  const then = at("2026-10-19T11:00");
  const lines = linesOf(
    {
      window,
      now: { devices: [history("a", [noon], [5])] },
      before: { devices: [history("a", [then], [3])] },
    },
    "temperature",
    options(7, noon + DAY),
  );
  assert.deepEqual(
    lines.map(({ points }) => points),
    [[[wallAt(noon), 5]], [[wallAt(noon), 3]]],
  );
  assert.deepEqual(
    lines.map(({ name, when, isBefore }) => [name, when, isBefore]),
    [
      ["A", "26 Oct", false],
      ["A", "19 Oct", true],
    ],
  );
  assert.equal(lines[0].note, "measured 1 h of 1 d");
});

test("the hour that comes twice is one place, with the mean of both", () => {
  useZone("Europe/London");
  const window = {
    fromMs: at("2026-10-25T23:00"),
    toMs: at("2026-10-26T23:00"),
  };
  const twice = [at("2026-10-25T00:00"), at("2026-10-25T01:00")]; // 01:00, and 01:00 again
  const [, line] = linesOf(
    {
      window,
      now: { devices: [history("a", [], [])] },
      before: { devices: [history("a", twice, [2, 4])] },
    },
    "temperature",
    options(1, at("2026-10-28T00:00")),
  );
  assert.deepEqual(line.points, [[at("2026-10-26T01:00"), 3]]);
});

test("a silence breaks a line, and a figure that cannot be told says why", () => {
  useZone("UTC");
  const window = { fromMs: 0, toMs: DAY };
  const times = [0, HOUR, 2 * HOUR, 3 * HOUR, 9 * HOUR];
  const reason = [null, "nothing was used", "nothing was used"];
  const kpis = { share: { unit: "%", value: [null, null, null], reason } };
  const lines = linesOf(
    {
      window,
      now: {
        devices: [
          history("a", times, [1, 2, 3, 4, 5]),
          history("b", times, [], { channels: {}, kpis }),
        ],
      },
    },
    "temperature",
    options(0, DAY),
  );
  const drawn = lines[0].points.map(([, value]) => value);
  assert.deepEqual(drawn, [1, 2, 3, 4, null, 5]);
  assert.equal(lines[1].note, "no readings in this time");
  const [, told] = linesOf(
    {
      window,
      now: {
        devices: [
          history("a", [], []),
          history("b", times, [], { channels: {}, kpis }),
        ],
      },
    },
    "share",
    options(0, DAY),
  );
  assert.deepEqual([told.note, told.unit], ["nothing was used", "%"]);
});

test("names of an address that are known are compared, a few of them", () => {
  const known = ["a", "b", "c", "d", "e", "f", "g"];
  assert.deepEqual(namesIn("c,stranger,a", known), ["a", "c"]);
  assert.deepEqual(namesIn(undefined, known), []);
  assert.equal(namesIn(known.join(), known).length, 5);
});

test("what hovers says when and how much, and nothing of a gap", () => {
  useZone("UTC");
  const point = (seriesName, value) => ({
    seriesName,
    value: [12 * HOUR, value],
  });
  Date.now = () => DAY;
  const text = pointedAt([point("A", 1.25), point("B", null)], 1, "°C");
  assert.equal(text, "1 Jan 12:00\nA  1.3 °C");
});
