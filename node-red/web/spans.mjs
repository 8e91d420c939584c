/** The stretch of time a machine's trends show, and how the page's address names it. Pure. */

import { beside } from "./calendar.mjs";
import { momentOf } from "./site-time.mjs";

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

/** Those that end now. */
export const SPANS = [
  { value: "5m", text: "5 min", ms: 5 * MINUTE_MS },
  { value: "15m", text: "15 min", ms: 15 * MINUTE_MS },
  { value: "1h", text: "1 h", ms: 60 * MINUTE_MS },
  { value: "24h", text: "24 h", ms: DAY_MS },
  { value: "7d", text: "7 d", ms: 7 * DAY_MS },
  { value: "30d", text: "30 d", ms: 30 * DAY_MS },
  { value: "1y", text: "1 year", ms: 365 * DAY_MS },
];

const BY_HAND = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?)?(Z)?$/;
const LEAST_READINGS = 12;
const LEAST_MS = 1000;
const STEPS = 2000; // a chart is no finer
const LEAST_MARGIN_MS = 5 * MINUTE_MS;
const MARGIN = 0.25; // of what is shown, before and behind it

/** The span that an address names; else the shortest that shows some readings of this period. */
export function spanFor(name, periodMs) {
  const named = SPANS.find((span) => span.value === name);
  if (named) return named;
  const neededMs = LEAST_READINGS * (periodMs ?? 0);
  return SPANS.find(({ ms }) => ms >= neededMs) ?? SPANS.at(-1);
}

/** Whether so long a time can be seen on a chart of this span. */
export function canBeSeen(ms, spanMs) {
  return Math.abs(ms) >= spanMs / STEPS;
}

/** A time in an address: milliseconds, or a date as somebody writes it by hand, in the site's zone. */
export function timeIn(text) {
  if (/^\d{1,15}$/.test(text ?? "")) return Number(text);
  const [, day, clock = "T00:00", zone] = BY_HAND.exec(text ?? "") ?? [];
  if (!day) return NaN;
  const ms = Date.parse(`${day}${clock}Z`);
  return zone || Number.isNaN(ms) ? ms : momentOf(ms);
}

/** The window that an address names, which stays where it is; null: it names none. */
export function windowOf({ from, to }) {
  const [fromMs, toMs] = [from, to].map(timeIn);
  return toMs - fromMs >= LEAST_MS ? { fromMs, toMs } : null;
}

/** A window as the address has it; without one, what ends now is shown. */
export function inQuery(window) {
  return {
    from: window ? String(Math.round(window.fromMs)) : undefined,
    to: window ? String(Math.round(window.toMs)) : undefined,
  };
}

/**
 * A window of whole days, weeks or months by itself earlier (-1) or later (1), any other by half of
 * it; never so far that all of it is to come.
 */
export function moved(window, direction, nowMs) {
  const whole = beside(window, direction);
  if (whole) return whole.fromMs < nowMs ? whole : window;
  const { fromMs, toMs } = window;
  const wantedMs = (direction * (toMs - fromMs)) / 2;
  const byMs = Math.min(wantedMs, nowMs - toMs);
  return byMs > 0 || direction < 0
    ? { fromMs: fromMs + byMs, toMs: toMs + byMs }
    : { fromMs, toMs };
}

/** The two ends of what was dragged over, in order; null where that is next to nothing. */
export function dragged(oneMs, otherMs, { fromMs, toMs }) {
  const isTiny = Math.abs(oneMs - otherMs) < (toMs - fromMs) / 100;
  const found = {
    fromMs: Math.min(oneMs, otherMs),
    toMs: Math.max(oneMs, otherMs),
  };
  return isTiny || found.toMs - found.fromMs < LEAST_MS ? null : found;
}

/** A window with what happened in its middle; what goes on still ends now. */
export function around(startMs, endMs, nowMs) {
  const untilMs = endMs ?? nowMs;
  const marginMs = Math.max(LEAST_MARGIN_MS, MARGIN * (untilMs - startMs));
  return {
    fromMs: startMs - marginMs,
    toMs: Math.min(untilMs + marginMs, Math.max(nowMs, untilMs)),
  };
}
