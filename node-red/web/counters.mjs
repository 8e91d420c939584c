/** Counters as a machine's page shows them: how far they have come in a span, how fast, and where they stand. */

import { unitText } from "./format.mjs";

const HOUR_MS = 3_600_000;
// What these are an hour has a name of its own.
const AN_HOUR = { Wh: "W", kWh: "kW", MWh: "MW", 1: "an hour" };

/** The unit of a counter's rate. */
export function rateUnit(unit) {
  return AN_HOUR[unit] ?? `${unitText(unit)}/h`;
}

/** The steps of a counter added up from the beginning of the span: a line that only grows. */
export function cumulated({ last, increase }) {
  let total = 0;
  return increase.map((step, at) => {
    total += step ?? 0;
    return last[at] === null ? null : total;
  });
}

/** The answer's counters as channels of a trend: each its course from nothing on, in a bucket from `min` to `max`. */
export function withCounters(answer) {
  const courses = Object.entries(answer.counters ?? {}).map(
    ([name, course]) => {
      const line = cumulated(course);
      const before = line.map((come, at) =>
        come === null ? null : come - course.increase[at],
      );
      return [name, { min: before, mean: line, max: line }];
    },
  );
  const channels = { ...answer.channels, ...Object.fromEntries(courses) };
  return { ...answer, channels };
}

/** Where each counter stood last, and how far its line had come by then; by its name. */
export function standing(answer) {
  const ends = Object.entries(answer.counters ?? {}).map(([name, course]) => {
    const at = course.last.findLastIndex((value) => value !== null);
    return [name, { value: course.last[at], come: cumulated(course)[at] }];
  });
  return Object.fromEntries(
    ends.filter(([, { value }]) => value !== undefined),
  );
}

/**
 * How far the lines have come now that the counters read `values`; null: one reads less than before,
 * and only the gateway can tell whether it went round.
 */
export function cameOn(stood, values) {
  const known = Object.entries(stood).filter(([name]) => name in values);
  if (known.some(([name, { value }]) => values[name] < value)) return null;
  return Object.fromEntries(
    known.map(([name, { value, come }]) => [name, come + values[name] - value]),
  );
}

/** What a counter grew by within the span, and an hour of it; null: nothing was told. */
export function grownIn(trend, name, { fromMs, toMs }) {
  const { min = [], max = [] } = trend.channels[name] ?? {};
  const first = min.findIndex(
    (value, at) => value != null && trend.times[at] >= fromMs,
  );
  if (first < 0) return null;
  const last = max.findLastIndex((value) => value != null);
  const endMs = Math.min(toMs, trend.times[last] + trend.bucketMs);
  const spanMs = endMs - trend.times[first];
  const increase = max[last] - min[first];
  return { increase, perHour: spanMs > 0 ? (increase / spanMs) * HOUR_MS : 0 };
}
