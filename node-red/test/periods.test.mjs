import assert from "node:assert/strict";
import { test } from "node:test";
import { PERIODS, askedFor, bucketLabel } from "../web/periods.mjs";
import { useZone } from "../web/site-time.mjs";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-10-28T12:00:00Z");
Date.now = () => NOW;
const named = (name) => PERIODS.find((period) => period.name === name);

test("a window is asked for as far as it has come, in buckets that suit its length", () => {
  const asked = (ms, period = "day") =>
    askedFor(named(period), { fromMs: NOW - ms, toMs: NOW }, NOW).bucket;
  const lengths = [HOUR, DAY, 7 * DAY, 100 * DAY, 365 * DAY];
  assert.deepEqual(
    lengths.map((ms) => asked(ms)),
    ["minute", "hour", "day", "week", "month"],
  );
  assert.equal(asked(7 * DAY, "shifts"), "shift");
  const today = { fromMs: NOW - HOUR, toMs: NOW + HOUR };
  assert.deepEqual(askedFor(named("year"), today, NOW), {
    ...{ fromMs: NOW - HOUR, toMs: NOW, bucket: "minute" },
  });
  assert.deepEqual(askedFor(named("day"), null, NOW), {
    ...{ fromMs: NOW - DAY, toMs: NOW, bucket: "hour" },
  });
});

test("hours of more than a day say which", () => {
  useZone("Europe/London");
  const answer = { bucket: "hour", time_ms: [NOW - 2 * DAY, NOW] };
  assert.equal(bucketLabel(answer, 1), "28 Oct 12:00");
  assert.equal(bucketLabel({ ...answer, time_ms: [NOW] }, 0), "12:00");
});
