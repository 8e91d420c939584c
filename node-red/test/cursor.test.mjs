import assert from "node:assert/strict";
import { test } from "node:test";
import { movedBy, placeAt, pointAt, timeUnder } from "../web/cursor.mjs";

const WINDOW = { fromMs: 1000, toMs: 7000 };

test("the pointer is over a time, or beside the sheet", () => {
  const box = { left: 48, width: 100 };
  assert.equal(timeUnder(48, box, WINDOW), 1000);
  assert.equal(timeUnder(98, box, WINDOW), 4000);
  assert.equal(timeUnder(47, box, WINDOW), null);
  assert.equal(timeUnder(149, box, WINDOW), null);
});

test("keys move the cursor through the window and not out of it", () => {
  assert.equal(movedBy("ArrowLeft", null, WINDOW), 6900);
  assert.equal(movedBy("ArrowRight", 6950, WINDOW), 7000);
  assert.equal(movedBy("Home", 5000, WINDOW), 1000);
  assert.equal(movedBy("Escape", 5000, WINDOW), null);
  assert.equal(movedBy("a", 5000, WINDOW), undefined);
});

test("a moment has the bucket that it lies in, and a gap has none", () => {
  const trend = {
    gapMs: 500,
    times: [1000, 1200, 3000],
    channels: { t: { min: [1, 2, 4], mean: [1, null, 5], max: [1, 2, 6] } },
  };
  assert.equal(placeAt(trend.times, 999), -1);
  assert.equal(placeAt(trend.times, 1200), 1);
  assert.deepEqual(pointAt(trend, "t", 3100), { min: 4, mean: 5, max: 6 });
  assert.equal(pointAt(trend, "t", 1300), null);
  assert.equal(pointAt(trend, "t", 2000), null);
  assert.equal(pointAt(trend, "t", 3600), null);
  assert.equal(pointAt(trend, "u", 1000), null);
});
