/** Several machines, or a machine now and before, as lines of one chart by the clock on the wall. Pure. */

import { upTo, windowText } from "./calendar.mjs";
import { duration, number } from "./format.mjs";
import { trendFrom } from "./history.mjs";
import { dayText, minuteText, momentOf, wallAt } from "./site-time.mjs";

const DAY_MS = 86_400_000;
const WHOLE = 0.95; // measured so far, nobody needs to be told

/** Machines of one chart: as many as can be told apart, by a mark as well as by colour. */
export const MARKS = [
  { ink: "var(--compared-1)", symbol: "circle", sign: "●" },
  { ink: "var(--compared-2)", symbol: "triangle", sign: "▲" },
  { ink: "var(--compared-3)", symbol: "rect", sign: "■" },
  { ink: "var(--compared-4)", symbol: "diamond", sign: "◆" },
  { ink: "var(--compared-5)", symbol: "emptyCircle", sign: "○" },
  { ink: "var(--compared-6)", symbol: "emptyRect", sign: "□" },
];
const MOST = MARKS.length;

/** What a stretch of time can be laid over: the days before have their weekday where it is a week. */
export const BEFORE = [
  { value: "day", text: "The day before", days: 1 },
  { value: "week", text: "The week before", days: 7 },
  { value: "month", text: "Four weeks before", days: 28 },
];

/** The names of an address that can be compared, each once. */
export function namesIn(text, known) {
  const asked = new Set(String(text ?? "").split(","));
  return known.filter((name) => asked.has(name)).slice(0, MOST - 1);
}

/** The same days earlier by the wall: an hour more or less lies in between where the clock was put. */
export function earlier({ fromMs, toMs }, days) {
  const [from, to] = [fromMs, toMs].map((ms) =>
    momentOf(wallAt(ms) - days * DAY_MS),
  );
  return { fromMs: from, toMs: to };
}

/** A figure's column as the band of a channel. */
function bandOf(history, name) {
  const column = history.kpis[name];
  return (
    history.channels[name] ?? {
      min: column?.low ?? [],
      mean: column?.value ?? [],
      max: column?.high ?? [],
    }
  );
}

/** Two buckets at one place of the wall, as in the hour that comes twice, are one. */
function joined(points) {
  const found = [];
  for (const [x, y, count] of points) {
    const last = found.at(-1);
    if (last?.[0] !== x) found.push([x, y, count]);
    else if (y !== null) {
      const [, before, of] = last;
      const mean =
        before === null ? y : (before * of + y * count) / (of + count);
      found[found.length - 1] = [x, mean, (before === null ? 0 : of) + count];
    }
  }
  return found.map(([x, y]) => [x, y]);
}

/** Points [time on the wall, value] of one machine's answer; null where nothing was measured. */
export function pointsOf(
  history,
  name,
  { spanMs, staleMs, periodMs, days = 0 },
) {
  const only = { ...history, channels: { [name]: bandOf(history, name) } };
  const trend = trendFrom(only, { spanMs, staleMs, periodMs });
  const { mean, counts } = trend.channels[name];
  const points = trend.times.map((ms, at) => [
    wallAt(ms) + days * DAY_MS,
    mean[at] ?? null,
    counts[at] ?? 0,
  ]);
  return joined(points.sort(([a], [b]) => a - b));
}

/** How much of the range was measured, where that is not all: "measured 3 h 20 min of 1 d". */
export function holesText(history, { fromMs, toMs }, periodMs) {
  const { bucket_ms: bucketMs, coverage } = history;
  const seldomMs = Math.max(bucketMs, periodMs ?? 0); // that a reading tells of
  const measuredMs = coverage
    .map((share) => (share === null ? seldomMs : share * bucketMs))
    .reduce((sum, ms) => sum + ms, 0);
  const rangeMs = toMs - fromMs;
  return measuredMs >= WHOLE * rangeMs
    ? ""
    : `measured ${duration(measuredMs)} of ${duration(rangeMs)}`;
}

/** Why a figure has no value; nothing where it has one, or is none. */
function reasonOf(history, name) {
  return history.kpis[name]?.reason.findLast(Boolean) ?? "";
}

/** The lines of answers: of each machine one, and where `before` answers one more of then. */
export function linesOf(
  { now, before, window },
  name,
  { days, calledAs, shapeOf, nowMs },
) {
  const lineOf = (history, at, isBefore) => {
    const span = isBefore ? earlier(window, days) : window;
    const shape = shapeOf(history.device);
    const points = pointsOf(history, name, {
      ...shape,
      spanMs: span.toMs - span.fromMs,
      days: isBefore ? days : 0,
    });
    const isEmpty = points.every(([, y]) => y === null);
    const nothing = reasonOf(history, name) || "no readings in this time";
    return {
      key: `${history.device} ${isBefore}`,
      device: history.device,
      name: calledAs(history.device),
      when: days ? windowText(span, nowMs) : "",
      at,
      isBefore,
      note: isEmpty
        ? nothing
        : holesText(history, upTo(span, nowMs), shape.periodMs),
      unit: history.kpis[name]?.unit,
      points,
    };
  };
  return [
    ...now.devices.map((history, at) => lineOf(history, at, false)),
    ...(before?.devices ?? []).map((history, at) => lineOf(history, at, true)),
  ];
}

/** What hovers over the lines at a moment of the wall. */
export function pointedAt(points, decimals, unit) {
  const told = points.filter(({ value: [, y] }) => Number.isFinite(y));
  const ms = momentOf(points[0].value[0]);
  const lines = told.map(({ seriesName, value: [, y] }) =>
    [`${seriesName} `, number(y, decimals), unit].filter(Boolean).join(" "),
  );
  return [`${dayText(ms)} ${minuteText(ms)}`, ...lines].join("\n");
}
