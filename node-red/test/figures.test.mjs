import assert from "node:assert/strict";
import { test } from "node:test";
import {
  boundsText,
  figuresAt,
  figureView,
  goalText,
  sorted,
  standingOf,
  withPlainGain,
} from "../web/figures.mjs";

const QUALITY = {
  name: "quality_percent",
  title: "Quality",
  unit: "%",
  decimals: 1,
  role: "quality",
  goal: { at_least: 80, at_most: null },
};

function figure(value, more = {}) {
  return { unit: "%", value, low: value, high: value, coverage: 1, ...more };
}

test("a figure has its bounds where it may have been another, and its coverage where it was not all", () => {
  const view = figureView(
    QUALITY,
    figure(96.3, { low: 55.6, high: 99.8, coverage: 0.6 }),
  );
  assert.equal(`${view.text} ${view.unit}`, "96.3 %");
  assert.equal(view.bounds, "55.6 % to 99.8 %");
  assert.equal(view.coverage, "measured 60 %");
  assert.equal(view.isThin, true);
  const sure = figureView(QUALITY, figure(96.3, { high: 96.31 }));
  assert.deepEqual([sure.bounds, sure.coverage], ["", ""]);
});

test("where hardly anything was measured that is what is told, and no bounds that exclude nothing", () => {
  const view = figureView(
    QUALITY,
    figure(96.3, { low: 0, high: 338_762, coverage: 0.04 }),
  );
  assert.deepEqual([view.bounds, view.coverage], ["", "measured 4 %"]);
});

test("what cannot be told is a dash with its reason, and the bound that is known", () => {
  const mtbf = { ...QUALITY, unit: "h", goal: null };
  const untold = { unit: "h", value: null, low: 1.5, high: null, coverage: 1 };
  const view = figureView(mtbf, { ...untold, reason: "no failure" });
  assert.deepEqual(
    [view.text, view.unit, view.reason, view.bounds, view.coverage],
    ["–", "", "no failure", "at least 1.5 h", ""],
  );
  assert.equal(figureView(mtbf, null).reason, "it cannot be told yet");
});

test("a goal is told in words, and what is above it is shown as it is and flagged", () => {
  const goal = { at_least: 60, at_most: 100 };
  assert.equal(goalText(goal, "%"), "60 to 100 %");
  assert.equal(
    goalText({ at_least: null, at_most: 0.1 }, "kWh/L"),
    "at most 0.1 kWh/L",
  );
  assert.equal(standingOf(130, goal).text, "above goal");
  assert.equal(figureView({ ...QUALITY, goal }, figure(130)).text, "130.0");
  assert.equal(standingOf(59.9, goal).text, "below goal");
  assert.equal(standingOf(100, goal).text, "goal reached");
  assert.equal(standingOf(null, goal), null);
  assert.equal(standingOf(5, null), null);
});

test("money and energy are in the unit that suits them, bounds as well", () => {
  const bounds = (low, high, unit) =>
    boundsText({ low, high }, { unit, decimals: 1 });
  assert.equal(bounds(0.5, 2, "GBP"), "£0.5000 to £2.00");
  assert.equal(bounds(10, 5000, "Wh"), "10.00 Wh to 5.00 kWh");
});

test("that a figure is at least nothing is not told", () => {
  const bounds = (low, high = null) =>
    boundsText({ low, high }, { unit: "h", decimals: 1 });
  assert.deepEqual([bounds(0.04), bounds(0.06)], ["", "at least 0.1 h"]);
  assert.equal(bounds(0, 2), "0.0 h to 2.0 h");
});

test("money that is projected is not told to the penny", () => {
  const projected = { ...QUALITY, unit: "GBP", role: "projection", goal: null };
  const counted = { ...projected, role: "revenue" };
  const sum = figure(32_505.46, { unit: "GBP", high: 33_333 });
  const view = figureView(projected, sum);
  assert.deepEqual([view.text, view.bounds], ["£32,500", "£32,500 to £33,300"]);
  assert.equal(figureView(counted, sum).text, "£32,505.46");
});

test("a formula is no reason: it stands in the details", () => {
  const untold = (reason) => {
    const told = figure(null, { reason });
    const view = figureView(QUALITY, told);
    return [view.reason, view.detail];
  };
  const whole =
    "it happened not once in this time: entries(state in (down)) is 0";
  assert.deepEqual(untold(whole), ["it happened not once in this time", whole]);
  const divisor = "there is nothing to divide by: (a - b) is not above 0";
  assert.deepEqual(untold(divisor), ["there is nothing to divide by", divisor]);
  const plain = "price is not the same in all of it: ask for less at a time";
  assert.deepEqual(untold(plain), [plain, ""]);
});

test("where the target is passed there is nothing to gain, and that is no loss", () => {
  const formula = "(target_utilisation - use) * margin";
  const kpis = [
    { name: "gain", role: "gain", formula },
    { name: "payback", role: "payback", formula: "cost / gain" },
  ];
  const told = (gain, payback) => {
    const figures = { gain: figure(gain), payback: figure(payback) };
    const plain = withPlainGain(figures, kpis);
    return [plain.gain.value, plain.gain.reason, plain.payback.reason];
  };
  const above = "the target is reached already: there is no more to gain";
  assert.deepEqual(told(-3250, null), [null, above, above]);
  const never = "the gain is no more than the upkeep: it never pays";
  assert.deepEqual(told(5, null), [5, undefined, never]);
  assert.deepEqual(told(500, 4), [500, undefined, undefined]);
  const saved = [{ ...kpis[0], formula: "count(repair) * cost" }];
  assert.equal(withPlainGain({ gain: figure(-1) }, saved).gain.value, -1);
});

test("figures of REST are those of one bucket; what it has not is of the moment", () => {
  const column = (value) => ({
    unit: "%",
    value: [1, value],
    low: [1, value],
    high: [1, value],
    coverage: [1, 1],
    reason: [null, null],
  });
  const roles = ["availability", "performance", "quality", "oee"];
  const kpis = [
    ...roles.map((role) => ({ name: role, role })),
    { name: "power_w", role: "power" },
    { name: "cost", role: "cost" },
    { name: "dispensed", role: "output", headline: true },
  ];
  const told = [...roles, "cost", "dispensed"];
  const answer = { kpis: Object.fromEntries(told.map((n) => [n, column(50)])) };
  const figures = figuresAt(answer, 1);
  assert.equal(figures.oee.value, 50);
  const parts = sorted({ kpis }, figures);
  const names = (list) => list.map(({ name }) => name);
  assert.deepEqual(names(parts.moment), ["power_w"]);
  assert.deepEqual(names(parts.stretch), ["dispensed", "cost"]);
  assert.deepEqual(names(parts.oee.losses), roles.slice(0, 3));
  const plain = { kpis: kpis.slice(1) };
  assert.equal(sorted(plain, figures).oee, null);
  assert.equal(sorted(plain, figures).stretch.length, 5);
});
