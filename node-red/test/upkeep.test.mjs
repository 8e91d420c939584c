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
