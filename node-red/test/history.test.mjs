import assert from "node:assert/strict";
import { test } from "node:test";
import {
  append,
  emptyTrend,
  followRate,
  hasReadings,
  trendFrom,
} from "../web/history.mjs";

test("live values fold into the last bucket, then open the next, and old ones leave", () => {
  const trend = trendFrom(
    {
      bucket_ms: 1000,
      time_ms: [0, 1000],
      count: [5, 2],
      channels: { t: { min: [1, 2], mean: [1, 3], max: [1, 4] } },
    },
    { spanMs: 5000, staleMs: 5000 },
  );
  append(trend, 1500, { t: 6 });
  assert.deepEqual(trend.channels.t.mean, [1, 4]);
  assert.deepEqual(trend.channels.t.max, [1, 6]);
  append(trend, 500, { t: 99 });
  assert.deepEqual(trend.channels.t.max, [1, 6]);
  append(trend, 5500, { t: 7, u: 1 });
  assert.deepEqual(trend.times, [1000, 5500]);
  assert.deepEqual(trend.channels.t.mean, [4, 7]);
  assert.deepEqual(trend.channels.u.mean, [null, 1]);
});

test("a trend begun empty grows from the first value", () => {
  const empty = emptyTrend({ spanMs: 1000, bucketMs: 100, gapMs: 500 });
  const trend = append(empty, 5, { t: 1 });
  assert.deepEqual(trend.times, [5]);
  assert.deepEqual(trend.channels.t, {
    min: [1],
    mean: [1],
    max: [1],
    counts: [1],
  });
});

test("no line is drawn across a silence: an empty bucket stands at its beginning", () => {
  const values = [1, 2, 3, 4];
  const trend = trendFrom(
    {
      bucket_ms: 1000,
      time_ms: [0, 1000, 2000, 9000],
      count: [1, 1, 1, 1],
      channels: { t: { min: values, mean: values, max: values } },
    },
    { spanMs: 60_000, staleMs: 5000 },
  );
  assert.deepEqual(trend.times, [0, 1000, 2000, 3000, 9000]);
  assert.deepEqual(trend.channels.t.mean, [1, 2, 3, null, 4]);
  append(trend, 13_000, { t: 5 });
  assert.deepEqual(trend.times.slice(-2), [9000, 13_000]);
  append(trend, 19_000, { t: 6 });
  assert.deepEqual(trend.channels.t.mean.slice(-3), [5, null, 6]);
});

test("a machine that reports every ten seconds is not silent in between", () => {
  const times = [0, 10_000, 20_000, 60_000];
  const values = [1, 2, 3, 4];
  const trend = trendFrom(
    {
      bucket_ms: 1000,
      time_ms: times,
      count: [1, 1, 1, 1],
      channels: { t: { min: values, mean: values, max: values } },
    },
    { spanMs: 60_000, staleMs: 5000 },
  );
  assert.deepEqual(trend.channels.t.mean, [1, 2, 3, null, 4]);
});

test("the gap follows the rate the machine has now, also when it becomes slower", () => {
  const once = {
    bucket_ms: 1000,
    time_ms: [0],
    count: [1],
    channels: { t: { min: [1], mean: [1], max: [1] } },
  };
  const hourly = { spanMs: 86_400_000, staleMs: 5000, periodMs: 3_600_000 };
  const trend = trendFrom(once, hourly);
  append(trend, 3_600_000, { t: 2 });
  assert.deepEqual(trend.channels.t.mean, [1, 2]);
  append(trend, 5 * 3_600_000, { t: 3 });
  assert.deepEqual(trend.channels.t.mean, [1, 2, null, 3]);

  const quick = trendFrom(once, { ...hourly, periodMs: 200 });
  followRate(quick, 60_000);
  append(quick, 60_000, { t: 2 });
  assert.deepEqual(quick.channels.t.mean, [1, 2]);
  followRate(quick, null);
  append(quick, 120_000, { t: 3 });
  assert.deepEqual(quick.channels.t.mean, [1, 2, 3]);
});

test("a trend knows whether it has a reading since a time", () => {
  const trend = emptyTrend({ spanMs: 1000, bucketMs: 10, gapMs: 50 });
  assert.equal(hasReadings(trend, "t", 0), false);
  append(trend, 100, { t: 1 });
  append(trend, 200, { u: 1 });
  assert.equal(hasReadings(trend, "t", 100), true);
  assert.equal(hasReadings(trend, "t", 101), false);
  assert.equal(hasReadings(trend, "u", 150), true);
  assert.equal(hasReadings(trend, "never", 0), false);
});
