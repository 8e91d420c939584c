import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cameOn,
  cumulated,
  grownIn,
  rateUnit,
  standing,
  withCounters,
} from "../web/counters.mjs";
import { append, trendFrom } from "../web/history.mjs";

const COURSE = {
  last: [998, null, 2, 5],
  increase: [0, null, 4, 3], // it went round at 1,000
};
const ANSWER = {
  bucket_ms: 60_000,
  time_ms: [0, 60_000, 120_000, 180_000],
  count: [1, 1, 1, 1],
  channels: {},
  counters: { litres: COURSE },
};

test("a counter that goes round only grows", () => {
  assert.deepEqual(cumulated(COURSE), [0, null, 4, 7]);
  assert.deepEqual(standing(ANSWER), { litres: { value: 5, come: 7 } });
});

test("what is counted live goes on with what the gateway told", () => {
  const stood = standing(ANSWER);
  assert.deepEqual(cameOn(stood, { litres: 6.5, t: 20 }), { litres: 8.5 });
  assert.deepEqual(cameOn(stood, {}), {});
  assert.equal(cameOn(stood, { litres: 1 }), null);
});

test("what it grew by in the span, and an hour of it", () => {
  const shape = { spanMs: 240_000, staleMs: 5000 };
  const trend = trendFrom(withCounters(ANSWER), shape);
  const window = { fromMs: 0, toMs: 240_000 };
  assert.deepEqual(grownIn(trend, "litres", window), {
    increase: 7,
    perHour: 105,
  });
  append(trend, 239_000, { litres: 9 });
  assert.equal(grownIn(trend, "litres", window).increase, 9);
  assert.equal(grownIn(trend, "other", window), null);
});

test("what it grew by within the first bucket counts as well", () => {
  const litres = { last: [100.5, 104], increase: [0.5, 3.5] };
  const answer = {
    ...ANSWER,
    time_ms: [0, 60_000],
    count: [2, 18],
    counters: { litres },
  };
  const shape = { spanMs: 240_000, staleMs: 5000 };
  const trend = trendFrom(withCounters(answer), shape);
  const window = { fromMs: 0, toMs: 240_000 };
  assert.equal(grownIn(trend, "litres", window).increase, 4);
});

test("a rate has a unit that people know", () => {
  assert.equal(rateUnit("kWh"), "kW");
  assert.equal(rateUnit("L"), "L/h");
  assert.equal(rateUnit("1"), "an hour");
});
