import assert from "node:assert/strict";
import { test } from "node:test";
import {
  SPANS,
  around,
  canBeSeen,
  dragged,
  inQuery,
  moved,
  spanFor,
  windowOf,
} from "../web/spans.mjs";
import { useZone } from "../web/site-time.mjs";

test("an address names a span; without one, the shortest that shows some readings", () => {
  assert.equal(spanFor("1h").ms, 3_600_000);
  for (const { value, ms } of SPANS)
    assert.equal(spanFor(value, 3_600_000).ms, ms);
  for (const name of [undefined, null, "", "2h", ["1h", "1h"]])
    assert.equal(spanFor(name), SPANS[0]);
  const shown = [null, 200, 10_000, 60_000, 300_000, 3_600_000, 86_400_000];
  const values = shown.map((periodMs) => spanFor(undefined, periodMs).value);
  assert.deepEqual(values, ["5m", "5m", "5m", "15m", "1h", "24h", "30d"]);
});

test("an address names a window that stays; what is none is no window", () => {
  const window = { fromMs: 1000, toMs: 61_000 };
  assert.deepEqual(windowOf(inQuery(window)), window);
  assert.deepEqual(inQuery(null), { from: undefined, to: undefined });
  for (const [from, to] of [
    [undefined, undefined],
    ["1000", undefined],
    ["61000", "1000"],
    ["1000", "1500"],
    ["x", "61000"],
    ["-5", "61000"],
    [["1", "2"], "61000"],
  ])
    assert.equal(windowOf({ from, to }), null);
});

test("an address that somebody wrote by hand has dates, in the site's zone", () => {
  useZone("Europe/London");
  const from = "2026-10-25";
  const summer = Date.UTC(2026, 9, 24, 23);
  assert.deepEqual(windowOf({ from, to: "2026-10-26" }), {
    fromMs: summer,
    toMs: Date.UTC(2026, 9, 26),
  });
  assert.deepEqual(windowOf({ from, to: "2026-10-25T06:00Z" }), {
    fromMs: summer,
    toMs: Date.UTC(2026, 9, 25, 6),
  });
  for (const to of ["2026-13-25", "2026-10-26 or so", "2026-10-24"])
    assert.equal(windowOf({ from, to }), null);
});

test("a window moves by half of it, and not behind now", () => {
  const window = { fromMs: 100, toMs: 200 };
  assert.deepEqual(moved(window, -1, 1000), { fromMs: 50, toMs: 150 });
  assert.deepEqual(moved(window, 1, 1000), { fromMs: 150, toMs: 250 });
  assert.deepEqual(moved(window, 1, 220), { fromMs: 120, toMs: 220 });
  assert.deepEqual(moved(window, 1, 200), window);
  assert.deepEqual(moved(window, 1, 150), window);
});

test("what is dragged over is a window, from either side; a click is none", () => {
  const shown = { fromMs: 0, toMs: 100_000 };
  const wanted = { fromMs: 20_000, toMs: 60_000 };
  assert.deepEqual(dragged(20_000, 60_000, shown), wanted);
  assert.deepEqual(dragged(60_000, 20_000, shown), wanted);
  assert.equal(dragged(20_000, 20_500, shown), null);
  assert.equal(dragged(0, 900, { fromMs: 0, toMs: 2000 }), null);
});

test("what happened is shown with some time around it, and not beyond now", () => {
  const minute = 60_000;
  assert.deepEqual(around(100 * minute, 140 * minute, 1000 * minute), {
    fromMs: 90 * minute,
    toMs: 150 * minute,
  });
  assert.deepEqual(around(100 * minute, 101 * minute, 1000 * minute), {
    fromMs: 95 * minute,
    toMs: 106 * minute,
  });
  assert.deepEqual(around(100 * minute, null, 120 * minute), {
    fromMs: 95 * minute,
    toMs: 120 * minute,
  });
});

test("what is shorter than a pixel of a chart cannot be seen on it", () => {
  const yearMs = SPANS.at(-1).ms;
  assert.equal(canBeSeen(15_000, yearMs), false);
  assert.equal(canBeSeen(yearMs / 1000, yearMs), true);
  assert.equal(canBeSeen(-15_000, 3_600_000), true);
});
