/** The periods that figures are added up over, by which buckets, and what stands below each. Pure. */

import { upTo } from "./calendar.mjs";
import {
  dayText,
  minuteText,
  monthText,
  startOf,
  weekText,
} from "./site-time.mjs";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

// A period begins where a day, week or month of the site does, so that its first bar is a whole one.
export const PERIODS = [
  { name: "day", text: "24 hours", bucket: "hour" },
  { name: "week", text: "7 days", bucket: "day", from: ["day", 6] },
  { name: "month", text: "30 days", bucket: "day", from: ["day", 29] },
  { name: "quarter", text: "12 weeks", bucket: "week", from: ["week", 11] },
  { name: "year", text: "12 months", bucket: "month", from: ["month", 11] },
  { name: "shifts", text: "Shifts", bucket: "shift", from: ["day", 6] },
];

/** The periods there are to choose from: shifts only where the site has some. */
export function periodsOf(health) {
  const isThere = ({ bucket }) => bucket !== "shift" || health.shifts?.length;
  return PERIODS.filter(isThere);
}

/** From when until when a period lasts. */
export function spanOf({ from }, nowMs) {
  const fromMs = from ? startOf(from[0], nowMs, from[1]) : nowMs - DAY_MS;
  return { fromMs, toMs: nowMs };
}

// So long a window is told in such buckets at most.
const BUCKETS = [
  ["minute", 3 * HOUR_MS],
  ["hour", 3 * DAY_MS],
  ["day", 62 * DAY_MS],
  ["week", 190 * DAY_MS],
];

function bucketFor({ fromMs, toMs }) {
  const found = BUCKETS.find(([, mostMs]) => toMs - fromMs <= mostMs);
  return found?.[0] ?? "month";
}

/** What is asked for: a window as far as it has come, or, without one, a period that ends now. */
export function askedFor(period, window, nowMs) {
  if (!window) return { ...spanOf(period, nowMs), bucket: period.bucket };
  const bucket = period.bucket === "shift" ? "shift" : bucketFor(window);
  return { ...upTo(window, nowMs), bucket };
}

const LABELS = {
  minute: minuteText,
  hour: minuteText,
  day: dayText,
  week: weekText,
  month: monthText,
};

/** Hours of more than one day have their day. */
function hourText(startMs, times) {
  const isLong = times.at(-1) - times[0] > DAY_MS;
  const minute = minuteText(startMs);
  return isLong ? `${dayText(startMs)} ${minute}` : minute;
}

/** What stands below a bar. */
export function bucketLabel(answer, at) {
  const startMs = answer.time_ms[at];
  if (answer.bucket === "hour") return hourText(startMs, answer.time_ms);
  const label = LABELS[answer.bucket];
  if (label) return label(startMs);
  return `${dayText(startMs)} ${answer.shift[at] ?? "no shift"}`;
}
