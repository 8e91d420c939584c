/** Comparison and power answers as their cards draw them. Pure. */

import { windowText } from "./calendar.mjs";
import { amountText, asMeasured, axisScale } from "./energy-view.mjs";
import { number, percent, quantity } from "./format.mjs";
import {
  dayText,
  minuteText,
  wallAt,
  weekdayText,
  whichText,
} from "./site-time.mjs";

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const HOUR_MS = 3_600_000;

export const COMPARED = [
  { name: "day", text: "Day", this: "Today", last: "Yesterday" },
  { name: "week", text: "Week", this: "This week", last: "Last week" },
  { name: "month", text: "Month", this: "This month", last: "Last month" },
];

function datesText({ from_ms: fromMs, to_ms: toMs }) {
  return windowText({ fromMs, toMs: Math.ceil(toMs / MINUTE_MS) * MINUTE_MS });
}

/** What both sides are called: in words, or by their dates where an answer is not of now. */
export function sidesText(period, answer) {
  const known = COMPARED.find(({ name }) => name === period);
  const { this: one, last: other } = known;
  if (!answer)
    return {
      ...{ this: one, last: other, against: other.toLowerCase() },
      ...{ thisFar: `${one} so far`, lastFar: `${other} until then` },
    };
  const [now, last] = [answer.this, answer.last].map(datesText);
  return { this: now, last, against: last, thisFar: now, lastFar: last };
}

/** What stands below a bar: both sides have the same place in their period. */
export function barText(ms, period) {
  if (period === "day") return minuteText(ms);
  if (period === "week") return weekdayText(ms);
  return String(new Date(wallAt(ms)).getUTCDate());
}

/** "12 % less", or null where it cannot be told. */
export function changeText(per_cent) {
  if (per_cent === null) return null;
  const size = Math.abs(per_cent);
  if (size < 0.5) return "about as much";
  const much = number(size, size < 10 ? 1 : 0);
  return `${much} % ${per_cent > 0 ? "more" : "less"}`;
}

/** One side of a comparison: what it came to, and how much of it was measured. */
export function sideText(side, measure, currency) {
  const value = asMeasured(side)[measure.name];
  const amount = value === null ? "–" : amountText(value, measure, currency);
  const measured =
    side.coverage === null
      ? "no machine counted"
      : `${percent(side.coverage)} measured`;
  return { amount, measured };
}

/** Two bars for each hour or day. What was not measured has none. */
export function comparedBars(
  answer,
  measure,
  names = sidesText(answer.period),
) {
  const { this: now, last } = names;
  const values = (side) =>
    answer.bars.map((bar) => asMeasured(bar[side] ?? {})[measure.name] ?? null);
  const [most, series] = [
    Math.max(0, ...values("this"), ...values("last")),
    [
      { name: now, values: values("this") },
      { name: last, values: values("last") },
    ],
  ];
  const scale = axisScale(measure, most, answer.currency);
  const scaled = series.map((one) => ({
    ...one,
    values: one.values.map((value) =>
      value === null ? null : value * scale.factor,
    ),
  }));
  return { scale, most: most * scale.factor, series: scaled };
}

/** "412 W", "1.2 kW"; "–" where nobody can tell. */
export function wattText(w) {
  if (w === null || w === undefined) return "–";
  const { text, unit } = quantity(w, "W");
  return `${text} ${unit}`;
}

/** "412 W"; of a least value "at least 412 W". */
export function leastText(w, isLeast) {
  const text = wattText(w);
  return isLeast ? `at least ${text}` : text;
}

/** A span as power is asked for in it: whole quarter hours, so that 24 hours are 96 of them. */
export function inQuarters({ fromMs, toMs }) {
  return { from: Math.floor(fromMs / QUARTER_MS) * QUARTER_MS, to: toMs };
}

/** When a quarter hour was: "20 Nov 14:15 to 14:30". */
export function quarterText(ms, stepMs) {
  return `${dayText(ms)} ${minuteText(ms)} to ${minuteText(ms + stepMs)}${whichText(ms)}`;
}

/** The figures of the power card. */
export function loadFigures(answer) {
  const { base, mean_w, mean_is_least, of, peak, quarters, whole } = answer;
  const at = (load) => (load ? quarterText(load.time_ms, answer.step_ms) : "");
  const counted = (count) => `of ${count} of ${of} quarter hours`;
  return [
    {
      key: "peak",
      title: "Peak",
      text: leastText(peak?.w, peak?.is_least),
      notes: [at(peak)],
    },
    {
      key: "base",
      title: "Base load",
      text: leastText(base?.w, base?.is_least),
      notes: base ? [at(base), counted(base.quarters)] : [],
    },
    {
      key: "mean",
      title: "Mean",
      text: leastText(mean_w, mean_is_least),
      notes: [
        counted(quarters),
        whole < quarters ? `${whole} of them whole` : "",
      ].filter(Boolean),
    },
  ];
}

/** What each quarter hour came to, and what it came to at least: two lines, each of its own ones. */
export function loadLines({ is_least: isLeast, power_w: means }) {
  return {
    told: means.map((w, at) => (isLeast[at] ? null : w)),
    least: means.map((w, at) => (isLeast[at] ? w : null)),
  };
}

/** A row a machine, the highest peak first; those of which nothing tells power are not among them. */
export function loadRows(answer) {
  return Object.entries(answer.devices)
    .map(([device, loads]) => ({
      device,
      peak: leastText(loads.peak?.w, loads.peak?.is_least),
      when: loads.peak ? quarterText(loads.peak.time_ms, answer.step_ms) : "",
      base: leastText(loads.base?.w, loads.base?.is_least),
      mean: leastText(loads.mean_w, loads.mean_is_least),
      coverage: percent(loads.coverage),
      reason: loads.reason ?? "",
      w: loads.peak?.w ?? -1,
    }))
    .sort((one, other) => other.w - one.w);
}
