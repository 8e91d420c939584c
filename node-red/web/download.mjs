/** What a machine's page offers to take along, and how somebody wants it written. */

import { devicePath, withQuery } from "./api.mjs";

const KEPT_AS = "edgetwin.download";
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How a table is written: `comma` of decimals, `unitRow` below the header; as last chosen here. */
export function kept() {
  try {
    const { comma, unitRow } = JSON.parse(localStorage.getItem(KEPT_AS)) ?? {};
    return { comma: comma === true, unitRow: unitRow === true };
  } catch {
    return { comma: false, unitRow: false }; // a browser that keeps nothing
  }
}

export function keep({ comma, unitRow }) {
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify({ comma, unitRow }));
  } catch {
    // it is chosen once more the next time
  }
}

/** By what figures of so long a time are told. */
export function bucketFor(ms) {
  if (ms <= HOUR_MS) return "minute";
  return ms <= 7 * DAY_MS ? "hour" : "day";
}

const FIGURES = {
  minute: "Figures by minute (CSV)",
  hour: "Figures by hour (CSV)",
  day: "Figures by day (CSV)",
};

/** The ways to take a machine's time along: [{text, href}]. */
export function downloads(device, { from, to }, { comma, unitRow }) {
  const range = { from, to };
  const form = {
    decimal: comma ? "comma" : undefined,
    units: unitRow ? "row" : undefined,
  };
  const bucket = bucketFor(Number(to) - Number(from));
  const figures = { devices: device, bucket, ...range, ...form };
  const of = (rest, query) =>
    withQuery(`/api${devicePath(device, rest)}`, query);
  return [
    { text: "Readings (CSV)", href: of("/export.csv", { ...range, ...form }) },
    { text: "Readings (Parquet)", href: of("/export.parquet", range) },
    { text: FIGURES[bucket], href: withQuery("/api/kpis.csv", figures) },
  ];
}
