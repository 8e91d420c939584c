import assert from "node:assert/strict";
import { test } from "node:test";
import { dueView } from "../web/upkeep.mjs";

const DESCALING = {
  name: "descaling",
  title: "Descaling",
  advice: "Rinse twice.",
  share: 0.53,
  since_ms: null,
  reason: null,
};

test("what is used of an interval is told in words, with what to do", () => {
  const view = dueView(DESCALING, 0);
  assert.equal(view.used, "53 % used");
  assert.equal(view.since, "since the first reading");
  assert.equal(view.standing.text, "not due");
  assert.equal(view.advice, "Rinse twice.");
});

test("what is due says so, and its bar is full and no longer", () => {
  const view = dueView({ ...DESCALING, share: 1.3 }, 0);
  assert.deepEqual(
    [view.standing.text, view.used, view.width],
    ["due", "130 % used", 100],
  );
  assert.equal(dueView({ ...DESCALING, share: 0.95 }, 0).standing.text, "soon");
});

test("what nobody knows is no nothing", () => {
  const untold = { ...DESCALING, share: null, reason: "nothing was measured" };
  const view = dueView(untold, 0);
  assert.deepEqual(
    [view.standing.text, view.used],
    ["unknown", "– nothing was measured"],
  );
});

const LEFT = {
  hours: 288,
  low: 216,
  high: 408,
  reason: null,
  level: 0.9,
  seen_h: 720,
};
const BEARING = {
  name: "bearing",
  title: "Bearing",
  advice: "Order one.",
  kind: "wear",
  share: null,
  since_ms: null,
  reset_by: "bearing_changed",
  sign: {
    title: "vibration while it turns",
    unit: "mm/s",
    decimals: 2,
    value: 2.41,
    ends_at: 4.5,
    falls: false,
  },
  left: LEFT,
};

test("what is left is told with its interval, and what it is told from", () => {
  const view = dueView(BEARING, 0);
  assert.equal(view.left, "About 12 days left (90 %: 9 to 17)");
  assert.equal(view.trend, "from a trend over 30 days");
  assert.equal(view.used, "2.41 mm/s, worn out at 4.50 mm/s");
  assert.deepEqual([view.width, view.standing.text], [null, "not due"]);
  const soon = { ...LEFT, hours: 30, low: 20, high: null };
  const near = dueView({ ...BEARING, left: soon }, 0);
  assert.equal(near.left, "About 30 h left (90 %: 20 to ∞)");
  assert.equal(near.standing.text, "soon");
});

test("without wear there is the reason, and of slow wear the least", () => {
  const none = { ...LEFT, hours: null, low: null, high: null };
  const reason = "no wear is visible: what trend there is may be chance";
  const view = dueView({ ...BEARING, left: { ...none, reason } }, 0);
  assert.deepEqual([view.left, view.trend, view.isKnown], [reason, "", false]);
  const slow = { ...none, low: 2400, reason: "too slow" };
  assert.equal(
    dueView({ ...BEARING, left: slow }, 0).left,
    "More than 100 days left: too slow",
  );
});

test("a sign that has reached its end is due, whichever way it goes", () => {
  const grown = { ...BEARING.sign, value: 4.6 };
  const fallen = { ...BEARING.sign, falls: true, value: 4.4 };
  const chance = { ...LEFT, hours: null, reason: "no wear is visible" };
  for (const sign of [grown, fallen])
    for (const left of [LEFT, chance]) {
      const view = dueView({ ...BEARING, sign, left }, 0);
      assert.equal(view.standing.text, "due");
      assert.deepEqual(
        [view.left, view.trend],
        ["its end is reached already", ""],
      );
    }
  const unset = { ...BEARING.sign, ends_at: null };
  assert.equal(
    dueView({ ...BEARING, sign: unset }, 0).standing.text,
    "unknown",
  );
});

test("what was learned of others that failed says of how many, and when to plan", () => {
  const method = "learned from 42 machines that failed (fan-life-3f2a91c0)";
  const learned = {
    ...BEARING,
    name: "life",
    title: "Remaining life",
    kind: "learned",
    reset_by: "",
    sign: null,
    left: { ...LEFT, method },
  };
  const view = dueView(learned, 0);
  assert.equal(view.left, "About 12 days left (90 %: 9 to 17)");
  assert.deepEqual([view.learned, view.trend, view.event], [method, "", ""]);
  assert.equal(view.standing.text, "not due");
  const standings = [
    { ...LEFT, low: 100 },
    { ...LEFT, hours: null, high: null, reason: "not to be seen yet" },
    { ...LEFT, hours: null, low: null, high: null, reason: "too short" },
  ].map((left) => dueView({ ...learned, left }, 0).standing.text);
  assert.deepEqual(standings, ["soon", "not due", "unknown"]);
});
