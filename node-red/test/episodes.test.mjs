import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bars,
  endedAt,
  lineOf,
  merged,
  nothingText,
  ticks,
  withUnjudged,
} from "../web/episodes.mjs";

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

test("ticks of seconds say seconds, those of years are few", () => {
  const from = Date.UTC(2026, 0, 5, 10, 0, 0);
  const [first] = ticks(from, from + 30_000, 6);
  assert.match(first.text, /^\d\d:\d\d:\d\d$/);
  for (const days of [10, 40, 365, 3650]) {
    const list = ticks(from, from + days * 86_400_000, 8);
    assert.ok(list.length > 2 && list.length <= 9, `${days}: ${list.length}`);
  }
});

test("ticks are round, inside, and not too many", () => {
  for (const span of [300_000, 3_600_000, 86_400_000, 7 * 86_400_000]) {
    const from = 1_763_629_212_345;
    const list = ticks(from, from + span, 6);
    assert.ok(list.length >= 2 && list.length <= 7, `${span}: ${list.length}`);
    for (const { left } of list) assert.ok(left >= 0 && left <= 100);
  }
});

test("what was never judged is told as such with its reason, not as free of faults", () => {
  const span = { fromMs: 0, toMs: 1000 };
  const why = "It measures every hour.";
  assert.equal(
    nothingText([], { ...span, why }),
    "Not judged in this time: It measures every hour.",
  );
  assert.equal(
    nothingText([], { ...span, why, lastSeenMs: -5 }),
    "Not judged in this time: there are no readings.",
  );
  assert.equal(nothingText([], span), "Not judged in this time.");
  const normal = { fault: "normal", start_ms: -50, end_ms: null };
  assert.equal(nothingText([normal], span), "No fault in this time.");
  const early = { ...normal, end_ms: 250 };
  const late = { ...normal, start_ms: 950 };
  assert.equal(
    nothingText([early, late], span),
    "No fault while it was judged: 30 % of this time.",
  );
  const unjudged = { ...normal, fault: "not_judged" };
  assert.match(nothingText([unjudged], span), /^Not judged/);
});

test("a line is drawn with the grey bar, ends with the last reading, and says if it was judged", () => {
  const span = { fromMs: 0, toMs: 1000, why: "No model.", lastSeenMs: 600 };
  const normal = { fault: "normal", start_ms: 0, end_ms: 400 };
  const line = lineOf([normal], span);
  assert.deepEqual(
    line.episodes.map(({ fault, end_ms }) => [fault, end_ms]),
    [
      ["normal", 400],
      ["not_judged", 600],
    ],
  );
  assert.equal(line.wasJudged, true);
  assert.equal(lineOf([], span).wasJudged, false);
  assert.match(lineOf([], span).nothing, /No model/);
});

test("a machine that cannot be judged now has a grey bar since its last judgement", () => {
  const why = "It measures every hour.";
  const since = (episodes, extra = {}) =>
    withUnjudged(episodes, {
      why,
      fromMs: 100,
      lastSeenMs: null,
      ...extra,
    }).map(({ fault, start_ms, end_ms, why: said }) => [
      fault,
      start_ms,
      end_ms,
      said,
    ]);
  const normal = { fault: "normal", start_ms: 0, end_ms: 400 };
  assert.deepEqual(since([]), [["not_judged", 100, null, why]]);
  assert.deepEqual(since([normal])[1], ["not_judged", 400, null, why]);
  assert.equal(since([normal], { why: "" }).length, 1);
  assert.equal(since([{ ...normal, end_ms: null }]).length, 1);
  assert.equal(since([normal], { lastSeenMs: 300 }).length, 1);
  assert.deepEqual(since([], { lastSeenMs: 300 })[0][1], 100);
});

test("before a machine was first heard of nobody left it unjudged", () => {
  const span = { fromMs: 0, toMs: 1000, why: "No model.", lastSeenMs: null };
  const [grey] = lineOf([], { ...span, sinceMs: 980 }).episodes;
  assert.deepEqual([grey.start_ms, grey.end_ms], [980, null]);
  const [whole] = lineOf([], { ...span, sinceMs: -50 }).episodes;
  assert.equal(whole.start_ms, 0);
  const normal = { fault: "normal", start_ms: 100, end_ms: 400 };
  const [, after] = lineOf([normal], { ...span, sinceMs: 100 }).episodes;
  assert.equal(after.start_ms, 400);
});
