import assert from "node:assert/strict";
import { test } from "node:test";
import {
  axisScale,
  deviceLines,
  highest,
  MEASURES,
  stacked,
  withEmptyBuckets,
} from "../web/energy-view.mjs";

const HOUR = 3_600_000;
const ENERGY = {
  bucket: "hour",
  time_ms: [0, HOUR],
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
  const shares = lines.reduce((sum, line) => sum + line.share, 0);
  assert.ok(Math.abs(shares - 1) < 1e-9);
});

test("energy: measured is the share of the period, as it is in the totals", () => {
  const coverage = (span) => deviceLines(ENERGY, span)[0].coverage;
  assert.equal(coverage(), 0.5);
  assert.equal(coverage({ fromMs: 0.5 * HOUR, toMs: 2 * HOUR }), 1 / 3);
  assert.equal(coverage({ fromMs: -8 * HOUR, toMs: 2 * HOUR }), 0.1);
});

test("energy: hours without readings are there, empty, and the sums stay", () => {
  const answer = {
    bucket: "hour",
    time_ms: [5 * HOUR, 7 * HOUR],
    devices: { p: { energy_wh: [1, 2] } },
  };
  const filled = withEmptyBuckets(answer, {
    fromMs: 3.5 * HOUR,
    toMs: 8.5 * HOUR,
  });
  assert.deepEqual(
    filled.time_ms,
    [4, 5, 6, 7, 8].map((hour) => hour * HOUR),
  );
  assert.deepEqual(filled.devices.p.energy_wh, [null, 1, null, 2, null]);
  const nothing = { ...answer, time_ms: [] };
  assert.equal(withEmptyBuckets(nothing, { fromMs: 0, toMs: 1 }), nothing);
});

test("energy: no devices is an empty picture, and large numbers change their unit", () => {
  assert.deepEqual(stacked({ time_ms: [], devices: {} }, "cost"), []);
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
