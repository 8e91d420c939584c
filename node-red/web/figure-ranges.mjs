/** The stretches of time that a machine's figures are shown of, and how REST is asked for them. Pure. */

import { untilNowText, upTo, windowText } from "./calendar.mjs";
import { clock } from "./format.mjs";
import { dayText, minuteText, startOf, weekText } from "./site-time.mjs";

const WEEK_MS = 7 * 86_400_000;

export const RANGES = [
  { value: "shift", text: "Shift" },
  { value: "day", text: "Day" },
  { value: "week", text: "Week" },
  { value: "total", text: "Total" },
  { value: "shown", text: "Of the trends" },
];

/** The ranges there are to choose from: shifts only where the site has some. */
export function rangesOf(health) {
  return RANGES.filter(
    ({ value }) => value !== "shift" || health.shifts?.length,
  );
}

/**
 * The range that an address names; else that of the trends where the address has their time
 * (`isFixed`): two cards of one page that say "in this time" mean one. Else the day.
 */
export function rangeFor(name, health, isFixed) {
  const ranges = rangesOf(health);
  const usual = isFixed ? "shown" : "day";
  return (
    ranges.find(({ value }) => value === name) ??
    ranges.find(({ value }) => value === usual)
  );
}

/** What is asked of `/kpis` for a range; `shown` is {fromMs, toMs} of the trends. */
export function queryOf({ value }, nowMs, shown) {
  if (value === "shown") {
    const { fromMs, toMs } = upTo(shown, nowMs);
    return { bucket: "total", from: fromMs, to: toMs };
  }
  if (value === "total") return { bucket: "total", from: 0 };
  if (value === "shift") return { bucket: "shift", from: nowMs - WEEK_MS };
  return { bucket: value, from: startOf(value, nowMs) };
}

/** The place of the bucket that is shown: the newest; of shifts the newest that was worked. */
export function placeOf(answer) {
  const last = answer.time_ms.length - 1;
  return answer.bucket === "shift"
    ? answer.shift.findLastIndex((name) => name !== null)
    : last;
}

const EMPTY = {
  shift: "Last 7 days",
  day: "Today",
  week: "This week",
  total: "All of its time",
};

/** The same of a range in which nothing was measured. */
export function emptyText({ value }) {
  return EMPTY[value];
}

/** The stretch of the trends in words. */
export function shownText(shown, isFixed, nowMs) {
  return isFixed ? windowText(shown, nowMs) : untilNowText(shown);
}

/** The stretch of time in words: "Today, since 00:00". */
export function stretchText(answer, at, nowMs) {
  const start = answer.time_ms[at];
  const isOver = answer.end_ms[at] <= nowMs;
  const words = {
    total: () => `All since ${clock(start, nowMs)}`,
    day: () => "Today, since 00:00",
    week: () => `${weekText(start)}, since Monday ${dayText(start, nowMs)}`,
    shift: () => {
      const name = answer.shift[at];
      return isOver
        ? `Last shift: ${name}, ${dayText(start, nowMs)} ${minuteText(start)} to ${minuteText(answer.end_ms[at])}`
        : `Shift ${name}, since ${minuteText(start)}`;
    },
  };
  return words[answer.bucket]();
}
