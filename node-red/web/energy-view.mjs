/** The energy answer as what the page draws: totals, stacked series, a line for each device. */

import { namesApart } from "./fleet-rows.mjs";
import { duration, money, quantity } from "./format.mjs";
import { starts } from "./site-time.mjs";

const MOST_SERIES = 8;
const STEPS_MS = { minute: 60_000, hour: 3_600_000 };
const DAY_MS = 86_400_000;

export const MEASURES = [
  { name: "energy_wh", title: "Energy", unit: "Wh" },
  { name: "co2_g", title: "CO₂", unit: "g" },
  { name: "cost", title: "Cost", unit: "money" },
];

/** An amount of a measure as the table has it. */
export function amountText(value, measure, currency) {
  if (measure.unit === "money") return money(value, currency);
  const { text, unit } = quantity(value, measure.unit);
  return `${text} ${unit}`;
}

/** The sum of what is known; null where nothing is. */
function sum(values) {
  const known = (values ?? []).filter(Number.isFinite);
  return known.length ? known.reduce((total, value) => total + value, 0) : null;
}

const AMOUNTS = { energy_wh: null, co2_g: null, cost: null };

/** Sums of time in which nothing was measured at all are not known to be nothing: they are null. */
export function asMeasured(sums) {
  const isUnknown = !sums.coverage && !sums.energy_wh;
  return isUnknown ? { ...sums, ...AMOUNTS } : sums;
}

/** The share of the time for which machines were there that was measured; null where none was. */
function measuredShare(measuredMs, expectedMs) {
  return expectedMs ? Math.min(1, measuredMs / expectedMs) : null;
}

function shareOf(value, total) {
  if (value === null) return null;
  return total > 0 ? value / total : 0;
}

/** Why a machine has no share that was measured: nothing of the time is expected of it. */
function standingOf(device, answer, toMs) {
  const its = answer.measured[device];
  if (!its) return "untold"; // nothing tells its energy
  if (its.expected_ms) return "there";
  return its.began_ms >= toMs ? "not there yet" : "in commissioning";
}

/** One line a device, the most energy first, with its share of all. Amounts that are not known are null,
 * and so is the coverage of one of which nothing is expected: `standing` says why. */
export function deviceLines(answer, { toMs } = {}) {
  const lines = Object.entries(answer.devices).map(([device, figures]) => {
    const its = answer.measured[device];
    const [measuredMs, expectedMs] = [
      its?.measured_ms ?? 0,
      its?.expected_ms ?? 0,
    ];
    return asMeasured({
      device,
      energy_wh: sum(figures.energy_wh),
      co2_g: sum(figures.co2_g),
      cost: sum(figures.cost),
      coverage: measuredShare(measuredMs, expectedMs),
      measuredMs,
      expectedMs,
      standing: standingOf(device, answer, toMs ?? answer.end_ms.at(-1)),
    });
  });
  const total = sum(lines.map((line) => line.energy_wh));
  return lines
    .map((line) => ({ ...line, share: shareOf(line.energy_wh, total) }))
    .sort((a, b) => (b.energy_wh ?? -1) - (a.energy_wh ?? -1));
}

/** The answer with these machines alone. */
export function ofDevices(answer, names) {
  const devices = Object.entries(answer.devices).filter(([name]) =>
    names.has(name),
  );
  return { ...answer, devices: Object.fromEntries(devices) };
}

/** The sums of lines, and how much of the time for which machines were there was measured. */
export function totalsOf(lines) {
  const all = (name) => sum(lines.map((line) => line[name])) ?? 0;
  const [measuredMs, expectedMs] = [all("measuredMs"), all("expectedMs")];
  return asMeasured({
    energy_wh: sum(lines.map((line) => line.energy_wh)),
    co2_g: sum(lines.map((line) => line.co2_g)),
    cost: sum(lines.map((line) => line.cost)),
    coverage: measuredShare(measuredMs, expectedMs),
    measuredMs,
    expectedMs,
  });
}

/**
 * What all lines come to in a day on which they are measured: each over its own measured time.
 * null where one of them was not measured for a whole day: a mean of minutes is no day.
 */
export function meanOfDay(lines, measure) {
  const told = lines.filter((line) => line[measure] !== null);
  const isKnown = ({ measuredMs }) => measuredMs >= DAY_MS;
  if (!told.length || !told.every(isKnown)) return null;
  return sum(told.map((line) => line[measure] / (line.measuredMs / DAY_MS)));
}

/** How much of the time for which machines were there was measured: "20 min of 1 d". */
export function measuredText({ measuredMs, expectedMs }) {
  return expectedMs ? `${duration(measuredMs)} of ${duration(expectedMs)}` : "";
}

/** Of how many of the machines that were there a sum is, in words; nothing where it is of all. */
export function ofHowMany(lines, measure) {
  const there = lines.filter(({ standing }) => standing !== "not there yet");
  const told = there.filter((line) => line[measure] !== null).length;
  return told === there.length ? "" : `${told} of ${there.length} machines`;
}

/** Of how many machines the measured time is, and how many came later. */
export function measuredOf(lines) {
  const of = (standing) =>
    lines.filter((line) => line.standing === standing).length;
  const [there, later] = [of("there"), of("not there yet")];
  return [
    there > 1 ? `${there} machines together` : "",
    later ? `${later} not there yet` : "",
  ].filter(Boolean);
}

function steps(known, stepMs, { fromMs, toMs }) {
  const first = known - Math.ceil((known - fromMs) / stepMs) * stepMs;
  const count = Math.ceil((toMs - first) / stepMs);
  return Array.from({ length: count }, (_, at) => first + at * stepMs);
}

/** Where all buckets of the period begin; of shifts those that are known. */
function allStarts({ bucket, time_ms }, span) {
  if (bucket in STEPS_MS) return steps(time_ms[0], STEPS_MS[bucket], span);
  return ["day", "week", "month"].includes(bucket)
    ? starts(bucket, span.fromMs, span.toMs)
    : time_ms;
}

/** The buckets of a span with those in which nothing was read: times, ends, and `spread`, which puts
 * values where they belong; null where they are not those of the answer. */
export function allBuckets(answer, span) {
  if (!answer.time_ms.length) return null;
  const times = allStarts(answer, span);
  const places = new Map(answer.time_ms.map((time, place) => [time, place]));
  if (!answer.time_ms.every((time) => times.includes(time))) return null;
  const ends = times.map(
    (time, at) => answer.end_ms[places.get(time)] ?? times[at + 1] ?? span.toMs,
  );
  const spread = (values) =>
    times.map((time) => values[places.get(time)] ?? null);
  return { times, ends, spread };
}

/** The answer with every bucket of the period, so that time without readings shows as such. */
export function withEmptyBuckets(answer, span) {
  const buckets = allBuckets(answer, span);
  if (!buckets) return answer;
  const { times, ends, spread } = buckets;
  const devices = Object.entries(answer.devices).map(([device, figures]) => [
    device,
    Object.fromEntries(
      Object.entries(figures).map(([name, values]) => [name, spread(values)]),
    ),
  ]);
  return {
    ...answer,
    time_ms: times,
    end_ms: ends,
    devices: Object.fromEntries(devices),
  };
}

function addUp(lists, length) {
  return Array.from({ length }, (_, at) => sum(lists.map((list) => list[at])));
}

/**
 * The stacked series of one measure, {name, device, values}: the largest devices that have it each, all
 * others as one without a device. `calledAs` tells what people call a device.
 */
export function stacked(answer, measure, calledAs = (device) => device) {
  const order = deviceLines(answer)
    .filter((line) => line[measure] !== null)
    .map((line) => line.device);
  const values = (device) => answer.devices[device][measure];
  const named = order.slice(
    0,
    order.length > MOST_SERIES + 1 ? MOST_SERIES : order.length,
  );
  const others = order.slice(named.length);
  named.sort((a, b) => a.localeCompare(b, "en", { numeric: true })); // colours stay as ranks change
  const called = named.map((id) => ({ id, called: calledAs(id) }));
  const series = namesApart(called).map(({ id, called: name }) => ({
    name,
    device: id,
    values: values(id),
  }));
  if (others.length === 0) return series;
  return [
    ...series,
    {
      name: `${others.length} others`,
      values: addUp(others.map(values), answer.time_ms.length),
    },
  ];
}

/** The largest stack of a chart, by which its unit is chosen. */
export function highest(series) {
  const length = series[0]?.values.length ?? 0;
  return Math.max(
    0,
    ...addUp(
      series.map((entry) => entry.values),
      length,
    ),
  );
}

/** How the axis of a measure is scaled and named, so that its numbers stay short. */
export function axisScale(measure, most, currency) {
  if (measure.unit === "money") return { factor: 1, unit: currency };
  if (most < 1000) return { factor: 1, unit: measure.unit };
  return { factor: 1 / 1000, unit: `k${measure.unit}` };
}
