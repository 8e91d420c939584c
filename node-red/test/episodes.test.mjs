import assert from "node:assert/strict";
import { test } from "node:test";
import { bars, endedAt, merged, ticks } from "../web/episodes.mjs";

test("episodes are cut to the window, the open one ends now, the normal ones are left out", () => {
  const window = { fromMs: 0, toMs: 100, nowMs: 100 };
  const episodes = [
    { fault: "a", start_ms: -50, end_ms: 50 },
    { fault: "b", start_ms: 75, end_ms: null },
    { fault: "normal", start_ms: 50, end_ms: 75 },
    { fault: "c", start_ms: -50, end_ms: -1 },
  ];
  const drawn = bars(episodes, window).map(({ fault, left, width }) => [
    fault,
    left,
    width,
  ]);
  assert.deepEqual(drawn, [
    ["a", 0, 50],
    ["b", 75, 25],
  ]);
  const [tiny] = bars([{ fault: "a", start_ms: 100, end_ms: null }], window);
  assert.ok(tiny.width > 0 && tiny.left + tiny.width <= 100);
});

test("a silent machine's open episode ends with its last reading, not now", () => {
  const closed = { fault: "a", start_ms: 0, end_ms: 10 };
  const open = { fault: "b", start_ms: 20, end_ms: null };
  assert.deepEqual(endedAt(null, [closed, open]), [closed, open]);
  assert.deepEqual(endedAt(35, [closed, open]), [
    closed,
    { ...open, end_ms: 35 },
  ]);
  assert.equal(endedAt(15, [open])[0].end_ms, 20);
});

test("a class that comes and goes at its onset is one episode, two apart are two", () => {
  const fault = (name, start_ms, end_ms) => ({
    fault: name,
    start_ms,
    end_ms,
    confidence: 0.5,
  });
  const episodes = [
    fault("a", 0, 1000),
    fault("normal", 1000, 4000),
    { ...fault("a", 4000, 9000), confidence: 0.9 },
    fault("b", 9000, 9500),
    fault("a", 9500, null),
    fault("b", 60_000, 61_000),
  ];
  const told = merged(episodes).map(
    ({ fault: name, start_ms, end_ms, confidence }) => [
      name,
      start_ms,
      end_ms,
      confidence,
    ],
  );
  assert.deepEqual(told, [
    ["a", 0, null, 0.9],
    ["b", 9000, 9500, 0.5],
    ["b", 60_000, 61_000, 0.5],
  ]);
  assert.equal(episodes[0].end_ms, 1000);
});

test("ticks are round, inside, and not too many", () => {
  for (const span of [300_000, 3_600_000, 86_400_000, 7 * 86_400_000]) {
    const from = 1_763_629_212_345;
    const list = ticks(from, from + span, 6);
    assert.ok(list.length >= 2 && list.length <= 7, `${span}: ${list.length}`);
    for (const { left } of list) assert.ok(left >= 0 && left <= 100);
  }
});
