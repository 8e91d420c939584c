import assert from "node:assert/strict";
import { test } from "node:test";
import { barOf, reasonOf, widthsOf } from "../web/oee.mjs";

function told(...values) {
  return values.map((value) => ({ value, reason: null }));
}

test("what is lost on the way from all of the planned time to OEE", () => {
  const bar = barOf({ value: 36 }, told(80, 50, 90));
  assert.deepEqual(
    bar.parts.map(({ lost }) => Math.round(lost)),
    [20, 40, 4],
  );
  const widths = widthsOf(bar);
  assert.equal(Math.round(widths.oee), 36);
  assert.deepEqual(bar.gained, []);
});

test("performance above 100 % loses nothing, is told, and does not break the bar", () => {
  const bar = barOf({ value: 120 }, told(100, 130, 92.3));
  assert.deepEqual(bar.gained, ["performance"]);
  const widths = widthsOf(bar);
  const all = widths.losses.reduce((sum, width) => sum + width, widths.oee);
  assert.equal(Math.round(all), 100);
});

test("without one of the three there is no bar, but the reason", () => {
  const untold = { value: null, reason: "no plan" };
  const factors = [untold, ...told(50, 90)];
  assert.equal(barOf(untold, factors), null);
  assert.equal(reasonOf([untold, ...factors]), "no plan");
});
