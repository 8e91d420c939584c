import assert from "node:assert/strict";
import { test } from "node:test";
import { bucketFor, downloads } from "../web/download.mjs";

const HOUR_MS = 3_600_000;
const PLAIN = { comma: false, unitRow: false };

test("readings and figures of the time that is shown are offered", () => {
  const range = { from: 1000, to: 1000 + 24 * HOUR_MS };
  assert.deepEqual(downloads("fan-01", range, PLAIN), [
    {
      text: "Readings (CSV)",
      href: "/api/devices/fan-01/export.csv?from=1000&to=86401000",
    },
    {
      text: "Readings (Parquet)",
      href: "/api/devices/fan-01/export.parquet?from=1000&to=86401000",
    },
    {
      text: "Figures by hour (CSV)",
      href: "/api/kpis.csv?devices=fan-01&bucket=hour&from=1000&to=86401000",
    },
  ]);
});

test("tables are written as somebody wants them, and Parquet as it is", () => {
  const range = { from: 1, to: 2 };
  const form = { comma: true, unitRow: true };
  const [readings, parquet, figures] = downloads("fan-01", range, form);
  for (const { href } of [readings, figures])
    assert.match(href, /&decimal=comma&units=row$/);
  assert.match(parquet.href, /from=1&to=2$/);
});

test("a bucket is no longer than the time allows", () => {
  assert.equal(bucketFor(HOUR_MS), "minute");
  assert.equal(bucketFor(7 * 24 * HOUR_MS), "hour");
  assert.equal(bucketFor(30 * 24 * HOUR_MS), "day");
});
