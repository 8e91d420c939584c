/** The clock on the site's wall. The gateway says which zone that is; until then it is the browser's.
 *
 * A wall time is told as the milliseconds it would have in UTC: what stands on the wall is read off
 * with UTC's own functions.
 */

import { locale } from "./language.mjs";

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS; // no zone's offset changes in between
const DAY_MS = 86_400_000;
const NEAR_MS = DAY_MS / 4; // of a change of the clock
const MOST_KEPT = 5000;

const FIELDS = {
  hourCycle: "h23",
  year: "numeric",
  month: "numeric",
  day: "numeric",
  hour: "numeric",
  minute: "numeric",
  second: "numeric",
};
const DAY = { day: "numeric", month: "short", timeZone: "UTC" };
const DATE = { ...DAY, year: "numeric" };
const WEEKDAY = { weekday: "short", timeZone: "UTC" };
const MONTH = { month: "short", year: "numeric", timeZone: "UTC" };

let zone;
let reader = new Intl.DateTimeFormat("en-GB", FIELDS);
const offsets = new Map(); // of quarters of an hour
const dayFormat = new Intl.DateTimeFormat(locale, DAY);
const dateFormat = new Intl.DateTimeFormat(locale, DATE);
const weekdayFormat = new Intl.DateTimeFormat(locale, WEEKDAY);
const monthFormat = new Intl.DateTimeFormat(locale, MONTH);

/**
 * From now on times are told in the zone of this name; one that the browser does not know is UTC.
 * Answers whether that is another one than before.
 */
export function useZone(name) {
  if (name === zone) return false;
  const of = (timeZone) =>
    new Intl.DateTimeFormat("en-GB", { ...FIELDS, timeZone });
  try {
    reader = of(name);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    reader = of("UTC");
  }
  zone = name;
  offsets.clear();
  return true;
}

function readOff(ms) {
  const parts = reader
    .formatToParts(ms)
    .map(({ type, value }) => [type, Number(value)]);
  const { year, month, day, hour, minute, second } = Object.fromEntries(parts);
  return Date.UTC(year, month - 1, day, hour, minute, second) - ms;
}

function offset(ms) {
  const quarter = Math.floor(ms / QUARTER_MS) * QUARTER_MS;
  if (!offsets.has(quarter)) {
    if (offsets.size >= MOST_KEPT) offsets.clear();
    offsets.set(quarter, readOff(quarter));
  }
  return offsets.get(quarter);
}

/** What the wall shows at a moment. */
export function wallAt(ms) {
  return ms + offset(ms);
}

/** The first moment at which the wall shows this; in an hour that is skipped, as if it were not. */
export function momentOf(wall) {
  const [late, early] = [offset(wall - DAY_MS), offset(wall + DAY_MS)].sort(
    (a, b) => a - b,
  );
  const first = wall - early;
  return wallAt(first) === wall ? first : wall - late;
}

function rest(value, step) {
  return ((value % step) + step) % step;
}

/** The next moment after `ms` at which the wall shows a multiple of `stepMs`. */
export function nextRound(ms, stepMs) {
  const isRound = (at) => rest(wallAt(at), stepMs) === 0;
  const next = ms + stepMs - rest(wallAt(ms), stepMs);
  if (isRound(next)) return next;
  const put = next - (offset(next) - offset(ms)); // the clock was put in between
  return put > ms && isRound(put)
    ? put
    : next + stepMs - rest(wallAt(next), stepMs);
}

const BEGINNINGS = {
  day: (wall, back) => wall - rest(wall, DAY_MS) - back * DAY_MS,
  week: (wall, back) => {
    const sinceMonday = (new Date(wall).getUTCDay() + 6) % 7;
    return BEGINNINGS.day(wall, sinceMonday + 7 * back);
  },
  month: (wall, back) => {
    const date = new Date(wall);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - back, 1);
  },
};

/** Where the day, week or month of `ms` begins at the site, or the one `back` before it. */
export function startOf(bucket, ms, back = 0) {
  return momentOf(BEGINNINGS[bucket](wallAt(ms), back));
}

/** Where the days, weeks or months begin that touch [fromMs, toMs). */
export function starts(bucket, fromMs, toMs) {
  const found = [];
  for (let back = 0; ; back += 1) {
    const at = startOf(bucket, toMs - 1, back);
    if (found[0] !== at) found.unshift(at); // of a day that was skipped there is none
    if (at <= fromMs) return found;
  }
}

function two(value) {
  return String(value).padStart(2, "0");
}

/** "Mon", in the language of the page: charts look no word up. */
export function weekdayText(ms) {
  return weekdayFormat.format(wallAt(ms));
}

/** "14:05" */
export function minuteText(ms) {
  const wall = new Date(wallAt(ms));
  return `${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}`;
}

/** Of an hour that comes twice, which of the two it is: by its offset; empty of any other. */
export function whichText(ms) {
  const its = offset(ms);
  const isTwice = [-NEAR_MS, NEAR_MS]
    .map((away) => offset(ms + away))
    .some((other) => other !== its && wallAt(ms + its - other) === wallAt(ms));
  if (!isTwice) return "";
  const minutes = Math.abs(its) / MINUTE_MS;
  const part = minutes % 60 ? `:${two(minutes % 60)}` : "";
  return ` (UTC${its < 0 ? "-" : "+"}${Math.floor(minutes / 60)}${part})`;
}

/** "14:05:09" */
export function secondText(ms) {
  return `${minuteText(ms)}:${two(new Date(wallAt(ms)).getUTCSeconds())}`;
}

function yearOf(ms) {
  return new Date(wallAt(ms)).getUTCFullYear();
}

/** "3 Jun", or "3 Jun 2025" where that is not the present year. */
export function dayText(ms, nowMs = Date.now()) {
  const isOfThisYear = yearOf(ms) === yearOf(nowMs);
  return (isOfThisYear ? dayFormat : dateFormat).format(wallAt(ms));
}

/** "3 Jun 2026" */
export function dateText(ms) {
  return dateFormat.format(wallAt(ms));
}

/** "Jun 2026" */
export function monthText(ms) {
  return monthFormat.format(wallAt(ms));
}

/** "W23", as ISO 8601 counts: the week of a year's first Thursday is its first. */
export function weekText(ms) {
  const monday = BEGINNINGS.week(wallAt(ms), 0);
  const thursday = new Date(monday + 3 * DAY_MS);
  const year = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return `W${Math.floor((thursday - year) / (7 * DAY_MS)) + 1}`;
}

/** When a day of the site begins that is written as 2026-06-03; NaN where that is none. */
export function dayBegins(text) {
  const wall = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(wall) ? momentOf(wall) : NaN;
}

/** Whether two moments are of one day at the site. */
export function isSameDay(ms, otherMs) {
  const day = (at) => Math.floor(wallAt(at) / DAY_MS);
  return day(ms) === day(otherMs);
}

/** "14:05", or "3 Jun" at midnight: what an axis says at a round time. */
export function tickText(ms) {
  return rest(wallAt(ms), DAY_MS) === 0 ? dayText(ms) : minuteText(ms);
}
