import assert from "node:assert/strict";
import { test } from "node:test";
import {
  emptyText,
  placeOf,
  queryOf,
  rangeFor,
  rangesOf,
  shownText,
  stretchText,
} from "../web/figure-ranges.mjs";
import { useZone } from "../web/site-time.mjs";

useZone("Europe/London");
const NOON_MS = Date.UTC(2025, 10, 20, 12); // a Thursday
const HOUR_MS = 3_600_000;

test("shifts are to choose from where the site has some", () => {
  const texts = (health) => rangesOf(health).map(({ text }) => text);
  assert.deepEqual(texts({ shifts: ["early"] }), [
    "Shift",
    "Day",
    "Week",
    "Total",
    "Of the trends",
  ]);
  assert.deepEqual(texts({}), ["Day", "Week", "Total", "Of the trends"]);
  assert.equal(rangeFor("shift", {}).value, "day");
  assert.equal(rangeFor("week", {}).value, "week");
  assert.equal(rangeFor(undefined, { shifts: ["early"] }).value, "day");
});

test("figures are of the time of the trends where the address has it, unless it names another", () => {
  assert.equal(rangeFor(undefined, {}, true).value, "shown");
  assert.equal(rangeFor("", {}, true).value, "shown");
  assert.equal(rangeFor("day", {}, true).value, "day");
  assert.equal(emptyText(rangeFor("day", {}, true)), "Today");
  assert.equal(emptyText(rangeFor("total", {}, true)), "All of its time");
});

test("a day and a week begin at the site's midnight, and the total at the beginning", () => {
  assert.deepEqual(queryOf({ value: "day" }, NOON_MS), {
    bucket: "day",
    from: NOON_MS - 12 * HOUR_MS,
  });
  assert.equal(
    queryOf({ value: "week" }, NOON_MS).from,
    NOON_MS - 84 * HOUR_MS,
  );
  assert.deepEqual(queryOf({ value: "total" }, NOON_MS), {
    bucket: "total",
    from: 0,
  });
});

test("figures can be those of what the trends show, as far as it has come", () => {
  const day = { fromMs: NOON_MS - 12 * HOUR_MS, toMs: NOON_MS + 12 * HOUR_MS };
  assert.deepEqual(queryOf({ value: "shown" }, NOON_MS, day), {
    ...{ bucket: "total", from: day.fromMs, to: NOON_MS },
  });
  assert.equal(shownText(day, true, NOON_MS), "20 Nov so far");
  const hour = { fromMs: NOON_MS - HOUR_MS, toMs: NOON_MS };
  assert.equal(shownText(hour, false, NOON_MS), "last 1 h");
});

test("of shifts the newest that was worked is shown, and named", () => {
  const answer = {
    bucket: "shift",
    time_ms: [NOON_MS - 6 * HOUR_MS, NOON_MS - HOUR_MS],
    end_ms: [NOON_MS - HOUR_MS, NOON_MS + HOUR_MS],
    shift: ["early", null],
  };
  assert.equal(placeOf(answer), 0);
  assert.equal(
    stretchText(answer, 0, NOON_MS),
    "Last shift: early, 20 Nov 06:00 to 11:00",
  );
  const worked = { ...answer, shift: [null, "late"] };
  assert.equal(stretchText(worked, 1, NOON_MS), "Shift late, since 11:00");
  assert.equal(placeOf({ ...answer, shift: [null, null] }), -1);
});

test("a stretch is told in words", () => {
  const answer = {
    bucket: "week",
    time_ms: [NOON_MS - 84 * HOUR_MS],
    end_ms: [NOON_MS],
  };
  assert.equal(stretchText(answer, 0, NOON_MS), "W47, since Monday 17 Nov");
  assert.equal(placeOf({ ...answer, time_ms: [] }), -1);
});
