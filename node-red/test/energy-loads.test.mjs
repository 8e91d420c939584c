import assert from "node:assert/strict";
import { test } from "node:test";

import { bandText, bandsOf, newBand, typedBands } from "../web/bands.mjs";
import {
  barText,
  changeText,
  comparedBars,
  inQuarters,
  loadFigures,
  loadLines,
  loadRows,
  sideText,
} from "../web/energy-loads.mjs";
import { MEASURES } from "../web/energy-view.mjs";
import { useZone } from "../web/site-time.mjs";

const [ENERGY] = MEASURES;
const NOON = Date.UTC(2025, 10, 20, 12); // a Thursday
const HOUR = 3_600_000;

useZone("UTC");

test("a difference is told in words, and none where it cannot be", () => {
  assert.equal(changeText(12.4), "12 % more");
  assert.equal(changeText(-3.04), "3.0 % less");
  assert.equal(changeText(0.2), "about as much");
  assert.equal(changeText(null), null);
});

test("a side says what it came to and how much of it was measured", () => {
  const side = { energy_wh: 1234, coverage: 0.52 };
  assert.deepEqual(sideText(side, ENERGY, "GBP"), {
    amount: "1.23 kWh",
    measured: "52 % measured",
  });
  assert.equal(sideText({ energy_wh: null }, ENERGY, "GBP").amount, "–");
  const off = sideText({ energy_wh: 0, coverage: 0 }, ENERGY, "GBP");
  assert.deepEqual(off, { amount: "–", measured: "0 % measured" });
});

test("what was not measured has no bar, and both sides share a scale", () => {
  const answer = {
    period: "week",
    currency: "GBP",
    bars: [
      { time_ms: NOON, this: { energy_wh: 500 }, last: { energy_wh: 2000 } },
      { time_ms: NOON, this: { energy_wh: 100 }, last: null },
    ],
  };
  const { scale, most, series } = comparedBars(answer, ENERGY);
  assert.equal(scale.unit, "kWh");
  assert.equal(most, 2);
  assert.deepEqual(series, [
    { name: "This week", values: [0.5, 0.1] },
    { name: "Last week", values: [2, null] },
  ]);
});

test("a bar is called as the site's wall calls it", () => {
  assert.equal(barText(NOON, "day"), "12:00");
  assert.equal(barText(NOON, "week"), "Thu");
  assert.equal(barText(NOON + 4 * 24 * HOUR, "week"), "Mon");
  assert.equal(barText(NOON, "month"), "20");
  useZone("Pacific/Auckland"); // where it is the next day
  assert.equal(barText(NOON, "week"), "Fri");
  useZone("UTC");
});

const LOADS = {
  peak: { w: 1520, time_ms: NOON, is_least: true },
  base: { w: 12.5, time_ms: NOON - HOUR, is_least: false, quarters: 80 },
  mean_w: 400,
  mean_is_least: true,
  quarters: 90,
  whole: 80,
  of: 96,
  coverage: 0.94,
  reason: null,
};
const NONE = {
  ...LOADS,
  peak: null,
  base: null,
  mean_w: null,
  mean_is_least: false,
  quarters: 0,
  whole: 0,
  coverage: 0.1,
  reason: "no quarter hour …",
};

test("peak and base are told with their times, and of how many quarters", () => {
  const [peak, base, mean] = loadFigures({ ...LOADS, step_ms: HOUR / 4 });
  assert.equal(peak.text, "at least 1,520 W");
  assert.match(peak.notes[0], /12:00 to .*12:15/);
  assert.equal(base.text, "12.50 W");
  assert.equal(base.notes[1], "of 80 of 96 quarter hours");
  assert.equal(mean.text, "at least 400 W");
  assert.deepEqual(mean.notes, [
    "of 90 of 96 quarter hours",
    "80 of them whole",
  ]);
  const all = loadFigures({ ...LOADS, step_ms: HOUR / 4, whole: 90 });
  assert.deepEqual(all[2].notes, ["of 90 of 96 quarter hours"]);
});

test("a quarter of which not all was measured is of the dashed line alone", () => {
  const power_w = [5, 3, null, 4];
  const is_least = [false, true, false, true];
  const { told, least } = loadLines({ is_least, power_w });
  assert.deepEqual(told, [5, null, null, null]);
  assert.deepEqual(least, [null, 3, null, 4]);
});

test("a day is asked for as 96 whole quarter hours, whenever it begins", () => {
  const toMs = NOON + 7 * 60_000;
  const { from, to } = inQuarters({ fromMs: toMs - 24 * HOUR, toMs });
  assert.equal(to, toMs);
  const quarters = (ms) => Math.floor(ms / (HOUR / 4));
  assert.equal(from % (HOUR / 4), 0);
  assert.equal(quarters(to) - quarters(from), 96);
});

test("a machine without a quarter that counts has no figure and says why", () => {
  const answer = { step_ms: HOUR / 4, devices: { a: NONE, b: LOADS } };
  const [first, second] = loadRows(answer);
  assert.equal(first.device, "b");
  assert.deepEqual(
    [second.peak, second.base, second.mean, second.reason],
    ["–", "–", "–", NONE.reason],
  );
});

test("a band is sent as it was typed, and typed as it was told", () => {
  const night = newBand([]);
  assert.equal(night.name, "night");
  assert.equal(newBand([night]).name, "weekend");
  const [sent] = bandsOf([{ ...night, value: "0,19" }]);
  assert.deepEqual(sent, {
    name: "night",
    value: 0.19,
    from: "22:00",
    to: "06:00",
    days: [],
  });
  assert.deepEqual(typedBands([sent]), [{ ...night, value: "0.19" }]);
  const odd = { ...sent, days: ["mon", "wed"] };
  assert.deepEqual(bandsOf(typedBands([odd])), [odd]);
});

test("what is no band says what is missing", () => {
  const night = newBand([]);
  assert.throws(() => bandsOf([night]), /must be a number/);
  assert.throws(() => bandsOf([{ ...night, name: " " }]), /a name/);
  assert.throws(
    () => bandsOf([{ ...night, value: "1", to: "" }]),
    /from when to when/,
  );
});

test("a band is told by its name, its days and its times", () => {
  const band = { name: "night", value: 0.1, from: "22:00", to: "06:00" };
  assert.equal(bandText({ ...band, days: [] }), "night 22:00–06:00 0.1");
  assert.equal(
    bandText({ ...band, to: "22:00", days: ["sat", "sun"] }),
    "night Saturday and Sunday all day 0.1",
  );
});
