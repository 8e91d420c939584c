import assert from "node:assert/strict";
import { test } from "node:test";
import {
  amountText,
  asMeasured,
  axisScale,
  deviceLines,
  highest,
  meanOfDay,
  measuredOf,
  measuredText,
  MEASURES,
  ofDevices,
  ofHowMany,
  stacked,
  totalsOf,
  withEmptyBuckets,
} from "../web/energy-view.mjs";
import { PERIODS, bucketLabel, periodsOf, spanOf } from "../web/periods.mjs";
import { useZone } from "../web/site-time.mjs";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONDAY = Date.parse("2026-10-26T12:00:00Z"); // the day before the clock was put back
Date.now = () => MONDAY; // what is of its year is told without it

/** Of each machine the same: how much of it is expected, and was measured. */
function measured(names, measured_ms, expected_ms = 2 * HOUR) {
  const its = { began_ms: 0, measured_ms, expected_ms };
  return Object.fromEntries(names.map((name) => [name, its]));
}

const ENERGY = {
  bucket: "hour",
  measured: measured(
    Array.from({ length: 12 }, (_, at) => `p${at}`),
    HOUR,
  ),
  time_ms: [0, HOUR],
  end_ms: [HOUR, 2 * HOUR],
  devices: Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [
      `p${at}`,
      {
        energy_wh: [at, null],
        co2_g: [at, at],
        cost: [at, 0],
        coverage: [1, null],
      },
    ]),
  ),
};

test("energy: the largest first, the rest as one, and nothing lost in the sum", () => {
  const lines = deviceLines(ENERGY);
  assert.equal(lines[0].device, "p11");
  const series = stacked(ENERGY, "energy_wh");
  assert.equal(series.length, 9);
  assert.equal(series.at(-1).name, "4 others");
  assert.equal(highest(series), 66);
  const called = stacked(ENERGY, "energy_wh", (id) => (id < "p2" ? "A" : id));
  const names = called.map(({ name }) => name);
  assert.deepEqual(names.slice(-4), ["p9", "A (p10)", "A (p11)", "4 others"]);
  const shares = lines.reduce((sum, line) => sum + line.share, 0);
  assert.ok(Math.abs(shares - 1) < 1e-9);
});

test("energy: measured is the share of the time for which a machine was there", () => {
  const answer = {
    ...ENERGY,
    measured: {
      ...ENERGY.measured,
      p9: { began_ms: HOUR, measured_ms: HOUR, expected_ms: HOUR },
      p10: { began_ms: 2 * HOUR, measured_ms: 0, expected_ms: 0 },
      p11: { began_ms: 0, measured_ms: 0, expected_ms: 0 },
    },
  };
  const lines = deviceLines(answer, { toMs: 2 * HOUR });
  const of = (name) => lines.find(({ device }) => device === name);
  assert.deepEqual(
    ["p8", "p9", "p10", "p11"].map((name) => [
      of(name).coverage,
      of(name).standing,
    ]),
    [
      [0.5, "there"],
      [1, "there"],
      [null, "not there yet"],
      [null, "in commissioning"],
    ],
  );
  const totals = totalsOf(["p8", "p9", "p10"].map(of));
  assert.equal(totals.coverage, 2 / 3);
  assert.equal(measuredText(totals), "2 h of 3 h");
  assert.deepEqual(measuredOf(lines), [
    "10 machines together",
    "1 not there yet",
  ]);
  assert.equal(measuredText(of("p10")), "");
  assert.deepEqual(measuredOf([of("p9")]), []);
});

test("energy: hours without readings are there, empty, and the sums stay", () => {
  const answer = {
    bucket: "hour",
    time_ms: [5 * HOUR, 7 * HOUR],
    end_ms: [6 * HOUR, 8 * HOUR],
    devices: { p: { energy_wh: [1, 2] } },
  };
  const filled = withEmptyBuckets(answer, {
    fromMs: 3.5 * HOUR,
    toMs: 8.5 * HOUR,
  });
  assert.deepEqual(
    filled.time_ms,
    [3, 4, 5, 6, 7, 8].map((hour) => hour * HOUR),
  );
  assert.deepEqual(filled.devices.p.energy_wh, [null, null, 1, null, 2, null]);
  const nothing = { ...answer, time_ms: [] };
  assert.equal(withEmptyBuckets(nothing, { fromMs: 0, toMs: 1 }), nothing);
});

test("energy: no devices is an empty picture, and large numbers change their unit", () => {
  assert.deepEqual(
    stacked({ time_ms: [], end_ms: [], devices: {} }, "cost"),
    [],
  );
  assert.equal(highest([]), 0);
  assert.deepEqual(axisScale(MEASURES[0], 5000, "GBP"), {
    factor: 1 / 1000,
    unit: "kWh",
  });
  assert.deepEqual(axisScale(MEASURES[2], 5000, "GBP"), {
    factor: 1,
    unit: "GBP",
  });
});

const named = (name) => PERIODS.find((period) => period.name === name);
const iso = (ms) => new Date(ms).toISOString().slice(0, 16);

test("energy: a period of days, weeks or months begins where one does at the site", () => {
  useZone("Europe/London");
  const begins = (name) => iso(spanOf(named(name), MONDAY).fromMs);
  assert.equal(begins("day"), "2026-10-25T12:00");
  assert.equal(begins("week"), "2026-10-19T23:00"); // midnight in summer time
  assert.equal(begins("quarter"), "2026-08-09T23:00");
  assert.equal(begins("year"), "2025-11-01T00:00");
});

test("energy: a day of 25 hours is one bar among its neighbours, and no bar is missing", () => {
  useZone("Europe/London");
  const span = spanOf(named("week"), MONDAY);
  const sunday = Date.parse("2026-10-24T23:00:00Z");
  const answer = {
    bucket: "day",
    time_ms: [sunday],
    end_ms: [sunday + 25 * HOUR],
    devices: { p: { energy_wh: [1], coverage: [1] } },
  };
  const filled = withEmptyBuckets(answer, span);
  assert.equal(filled.time_ms.length, 7);
  assert.deepEqual(filled.devices.p.energy_wh.slice(4), [null, 1, null]);
  assert.equal(filled.end_ms[5] - filled.time_ms[5], 25 * HOUR);
  assert.equal(filled.end_ms[0], filled.time_ms[1]);
  assert.equal(bucketLabel(filled, 5), "25 Oct");
});

test("energy: bars are named by the hour, the day, the week, the month or the shift", () => {
  useZone("Asia/Kolkata");
  const label = (bucket, extra) =>
    bucketLabel(
      { bucket, time_ms: [Date.UTC(2026, 0, 3, 18, 30)], ...extra },
      0,
    );
  assert.equal(label("hour"), "00:00");
  assert.equal(label("day"), "4 Jan");
  assert.equal(label("week"), "W1");
  assert.equal(label("month"), "Jan 2026");
  assert.equal(label("shift", { shift: ["night"] }), "4 Jan night");
  assert.equal(label("shift", { shift: [null] }), "4 Jan no shift");
});

test("energy: shifts are offered where the site has some, and filled with nothing", () => {
  const names = (health) => periodsOf(health).map(({ name }) => name);
  assert.ok(names({ shifts: ["early"] }).includes("shifts"));
  assert.ok(!names({ shifts: [] }).includes("shifts"));
  assert.ok(!names({}).includes("shifts"));
  const answer = {
    bucket: "shift",
    time_ms: [0],
    end_ms: [8 * HOUR],
    devices: { p: { energy_wh: [1] } },
  };
  const filled = withEmptyBuckets(answer, { fromMs: 0, toMs: DAY });
  assert.deepEqual(filled, answer);
});

test("energy: a machine that tells no energy has none, and the sum says of how many it is", () => {
  const untold = { energy_wh: [null, null], co2_g: [null, null], cost: [null] };
  const answer = {
    ...ENERGY,
    measured: measured(["told"], HOUR),
    devices: {
      quiet: { ...untold, coverage: [1, 1] },
      told: { energy_wh: [3, 1], co2_g: [1, null], coverage: [1, 1] },
    },
  };
  const lines = deviceLines(answer);
  assert.deepEqual(
    lines.map((line) => [line.device, line.energy_wh, line.share]),
    [
      ["told", 4, 1],
      ["quiet", null, null],
    ],
  );
  assert.equal(lines[1].coverage, null);
  assert.equal(ofHowMany(lines, "energy_wh"), "1 of 2 machines");
  assert.equal(ofHowMany(lines.slice(0, 1), "energy_wh"), "");
  assert.deepEqual(
    stacked(answer, "energy_wh").map(({ name }) => name),
    ["told"],
  );
});

test("energy: time in which nothing was measured came to nothing that anybody knows", () => {
  const [idle, off] = [1, 0].map((covered) => ({
    energy_wh: [0, 0],
    co2_g: [0, 0],
    cost: [0, 0],
    coverage: [covered, covered],
  }));
  const known = { ...measured(["idle"], 2 * HOUR), ...measured(["off"], 0) };
  const lines = deviceLines({
    ...ENERGY,
    measured: known,
    devices: { idle, off },
  });
  const told = lines.map(({ device, energy_wh, cost, coverage }) => [
    device,
    energy_wh,
    cost,
    coverage,
  ]);
  assert.deepEqual(told, [
    ["idle", 0, 0, 1],
    ["off", null, null, 0],
  ]);
  assert.equal(lines[1].share, null);
  assert.equal(ofHowMany(lines, "energy_wh"), "1 of 2 machines");
  assert.deepEqual(totalsOf(lines.slice(1)), {
    energy_wh: null,
    co2_g: null,
    cost: null,
    coverage: 0,
    measuredMs: 0,
    expectedMs: 2 * HOUR,
  });
  const whole = { energy_wh: 0, co2_g: 0, cost: 0, coverage: 0 };
  assert.equal(asMeasured(whole).cost, null);
  assert.equal(asMeasured({ ...whole, energy_wh: 2 }).energy_wh, 2);
});

test("energy: of some machines the sums, and the share that was measured, are theirs", () => {
  const some = ofDevices(ENERGY, new Set(["p3", "p4", "stranger"]));
  assert.deepEqual(Object.keys(some.devices), ["p3", "p4"]);
  assert.deepEqual(totalsOf(deviceLines(some)), {
    energy_wh: 7,
    co2_g: 14,
    cost: 7,
    coverage: 0.5,
    measuredMs: 2 * HOUR,
    expectedMs: 4 * HOUR,
  });
  assert.deepEqual(totalsOf([]), {
    energy_wh: null,
    co2_g: null,
    cost: null,
    coverage: null,
    measuredMs: 0,
    expectedMs: 0,
  });
});

test("energy: a mean is of measured days, and there is none of minutes", () => {
  const line = (energy_wh, measuredMs) => ({ energy_wh, measuredMs });
  assert.equal(meanOfDay([line(36.52, HOUR / 3)], "energy_wh"), null);
  assert.equal(meanOfDay([line(null, 0)], "energy_wh"), null);
  const lines = [line(100, 2 * DAY), line(70, 7 * DAY), line(null, 0)];
  assert.ok(Math.abs(meanOfDay(lines, "energy_wh") - 60) < 1e-9);
  const twenty = { measuredMs: HOUR / 3, expectedMs: 7 * DAY };
  assert.equal(measuredText(twenty), "20 min of 7 d");
});

test("energy: what hovers over a bar has the digits of the table", () => {
  const [energy, , cost] = MEASURES;
  assert.equal(amountText(0.6, energy, "GBP"), "0.60 Wh");
  assert.equal(amountText(1234, energy, "GBP"), "1.23 kWh");
  assert.equal(amountText(0.0077, cost, "GBP"), "£0.0077");
});
