import assert from "node:assert/strict";
import { test } from "node:test";
import {
  alarmCards,
  askedOf,
  energyCards,
  figureCell,
  holed,
  holesText,
  listed,
  machineLines,
  measuredText,
  operationLines,
  periodText,
  sinceLines,
  stoodText,
} from "../web/report-view.mjs";
import { useZone } from "../web/site-time.mjs";

useZone("Europe/London");
const MONDAY = Date.UTC(2025, 10, 10);
const DAY_MS = 86_400_000;
const SUMS = { energy_wh: 3000, co2_g: 531, cost: 0.79, coverage: 0.75 };

function machine(device, more = {}) {
  return { device, began_ms: null, ...SUMS, by_bucket: [1, 0.5], ...more };
}

const REPORT = {
  currency: "GBP",
  made_ms: MONDAY + 2 * DAY_MS,
  period: { from_ms: MONDAY, to_ms: MONDAY + 2 * DAY_MS },
  measured: {
    coverage: 0.75,
    holed_below: 0.95,
    with_holes: ["b", "a"],
    not_there: ["d"],
  },
  machines: [
    machine("a", { energy_wh: 1000 }),
    machine("b", { energy_wh: 2000, coverage: 0.5 }),
    machine("c", { energy_wh: null, coverage: null, by_bucket: [null, null] }),
    machine("d", { energy_wh: null, coverage: null, by_bucket: [null, null] }),
  ],
  energy: {
    totals: SUMS,
    before: { ...SUMS, energy_wh: 2500 },
    change: { energy_wh: 20, co2_g: null, cost: 0.1, reason: null, came: [] },
    buckets: {
      bucket: "day",
      time_ms: [MONDAY, MONDAY + DAY_MS],
      energy_wh: [2000, 1000],
      coverage: [1, 0.5],
    },
    power: {
      peak: { w: 1200, time_ms: MONDAY, is_least: true },
      base: null,
      quarters: 8,
      of: 96,
      reason: "why",
    },
    untold: ["c"],
  },
};

test("the gateway is asked by its own words, or for the stretch in the address", () => {
  assert.deepEqual(askedOf({}, "last-week"), {
    from: "last week",
    to: "last week",
    as_of: undefined,
  });
  const query = { from: `${MONDAY}`, to: `${MONDAY + DAY_MS}`, as_of: "now" };
  assert.deepEqual(askedOf(query, "today"), {
    from: MONDAY,
    to: MONDAY + DAY_MS,
    as_of: "now",
  });
});

test("a period is called as the calendar calls it", () => {
  const period = (kind, days) => ({
    from_ms: MONDAY,
    to_ms: MONDAY + days * DAY_MS,
    kind,
  });
  assert.equal(periodText(period("day", 1)), "10 Nov 2025");
  assert.equal(
    periodText(period("week", 7)),
    "W46, 10 Nov 2025 to 16 Nov 2025",
  );
  assert.equal(periodText(period("month", 30)), "Nov 2025");
  assert.equal(
    periodText(period(null, 2)),
    "10 Nov 2025 00:00 to 12 Nov 2025 00:00",
  );
});

test("how much was measured stands with each figure", () => {
  const [energy, cost, co2, peak, base] = energyCards(REPORT);
  assert.equal(energy.text, "3.00 kWh");
  assert.deepEqual(energy.notes, [
    "75 % measured",
    "2 of 3 machines",
    "before: 2.50 kWh",
    "20 % more",
  ]);
  assert.equal(cost.notes.at(-1), "about as much");
  assert.equal(co2.notes.at(-1), "before: 531 g");
  assert.deepEqual(
    [peak.text, base.text, base.notes],
    ["at least 1,200 W", "–", ["why"]],
  );
});

test("holes are named, the least measured machine first", () => {
  assert.equal(
    holed(REPORT, (id) => id),
    "b 50 %, a 75 %",
  );
  assert.equal(holesText(REPORT, [1, 0.5]), "11 Nov 2025 50 %");
  assert.equal(
    holesText(REPORT, [0.2, 0]),
    "10 Nov 2025 to 11 Nov 2025 0 % to 20 %",
  );
  assert.equal(listed(["a", "b", "c"], 2), "a, b and 1 more");
  const lines = machineLines(REPORT);
  assert.deepEqual(
    lines.map(({ device }) => device),
    ["b", "a", "c", "d"],
  );
  assert.equal(lines[0].share, 2 / 3);
  assert.deepEqual(
    lines.slice(2).map(({ share, holes }) => [share, holes]),
    [
      [null, "in commissioning"],
      [null, "not there yet"],
    ],
  );
});

test("how much was measured is told of the machines that counted", () => {
  const said = (from, to) =>
    measuredText({ ...REPORT, machines: REPORT.machines.slice(from, to) });
  assert.equal(said(0), "Measured 75 % of the time of 2 machines.");
  assert.equal(said(1), "Measured 75 % of the time of 1 machine.");
  assert.equal(said(2), "No machine counted in this period.");
});

test("a machine that came within the period says since when", () => {
  const began_ms = MONDAY + DAY_MS / 2;
  const came = machine("a", { began_ms, by_bucket: [1, 1] });
  const [line] = machineLines({ ...REPORT, machines: [came] });
  assert.equal(line.holes, "since 10 Nov 2025 12:00");
  const old = machine("a", { began_ms: MONDAY - 1, by_bucket: [1, 1] });
  assert.equal(machineLines({ ...REPORT, machines: [old] })[0].holes, "");
});

test("what has changed since is a line a reason", () => {
  const late = { reason: "late", text: "Readings came late.", minutes: 12 };
  assert.deepEqual(sinceLines({ minutes: [late], params: 0 }), [
    "12 min: Readings came late.",
  ]);
  assert.deepEqual(sinceLines({ minutes: [], params: 2 }), [
    "Prices or parameters of this time that were set: 2",
  ]);
});

test("alarms are told by kind and severity, and of a mean of how many it is", () => {
  const mean = { value_ms: 90_000, of: 2, reason: null };
  const none = { value_ms: null, of: 0, reason: "none was cleared" };
  const total = {
    count: 3,
    open: 1,
    suppressed: 0,
    mtta: mean,
    mttr: none,
    precision: { value: 0.5, of: 2, reason: null },
  };
  const cards = alarmCards({
    total,
    by_kind: [{ count: 3, kind: "limit" }],
    by_severity: [
      { count: 2, severity: "High" },
      { count: 1, severity: "Low" },
    ],
  });
  assert.deepEqual(
    cards.map(({ text }) => text),
    ["3", "High: 2", "1 min", "–", "50 %"],
  );
  assert.deepEqual(
    cards.map(({ notes }) => notes),
    [
      ["3 of limits", "1 still open"],
      ["Low: 1"],
      ["of 2"],
      ["none was cleared"],
      ["of 2 that people judged"],
    ],
  );
  assert.equal(
    stoodText({ raised_ms: MONDAY, cleared_ms: null }, MONDAY + 60_000),
    "1 min, still open",
  );
});

test("a figure that is not told says why, and one that is how much was measured", () => {
  assert.deepEqual(figureCell(undefined), { text: "–", note: "" });
  assert.deepEqual(figureCell({ value: null, reason: "no plan" }), {
    text: "–",
    note: "no plan",
  });
  const oee = { value: 61.34, unit: "%", coverage: 0.5, reason: null };
  const [line] = operationLines({
    machines: [{ device: "a", figures: { oee } }],
  });
  assert.deepEqual(line.cells[0], {
    role: "oee",
    text: "61.3 %",
    note: "50 % measured",
  });
});
