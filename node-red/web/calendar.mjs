/** Days, weeks and months of the site as windows of time, and any window in words. Pure. */

import { duration } from "./format.mjs";
import {
  dayText,
  isSameDay,
  minuteText,
  momentOf,
  startOf,
  wallAt,
} from "./site-time.mjs";

const DAY_MS = 86_400_000;
const EPOCH = 12 * 1970; // months

export const PRESETS = [
  { value: "today", text: "Today", of: "day", back: 0 },
  { value: "yesterday", text: "Yesterday", of: "day", back: 1 },
  { value: "this-week", text: "This week", of: "week", back: 0 },
  { value: "last-week", text: "Last week", of: "week", back: 1 },
  { value: "this-month", text: "This month", of: "month", back: 0 },
  { value: "last-month", text: "Last month", of: "month", back: 1 },
];

function windowOfPreset({ of, back }, nowMs) {
  return {
    fromMs: startOf(of, nowMs, back),
    toMs: startOf(of, nowMs, back - 1),
  };
}

/** The window of a preset's name: of what goes on its whole, so that a link shows the same later. */
export function presetWindow(name, nowMs) {
  const preset = PRESETS.find(({ value }) => value === name);
  return windowOfPreset(preset, nowMs);
}

/** The name of the preset that a window is; empty: of none. */
export function presetOf({ fromMs, toMs }, nowMs) {
  const found = PRESETS.find((preset) => {
    const window = windowOfPreset(preset, nowMs);
    return window.fromMs === fromMs && window.toMs === toMs;
  });
  return found?.value ?? "";
}

function isMidnight(ms) {
  return wallAt(ms) % DAY_MS === 0;
}

function isWholeDays({ fromMs, toMs }) {
  return isMidnight(fromMs) && isMidnight(toMs);
}

/** As many months later as `from` to `to` are, where both are firsts of a month; else days. */
function stepOf(from, to) {
  const [first, last] = [from, to].map((wall) => new Date(wall));
  const isOfMonths = first.getUTCDate() === 1 && last.getUTCDate() === 1;
  if (!isOfMonths) return (wall, times) => wall + times * (to - from);
  const monthsOf = (date) =>
    date.getUTCFullYear() * 12 + date.getUTCMonth() - EPOCH;
  const months = monthsOf(last) - monthsOf(first);
  return (wall, times) =>
    Date.UTC(1970, monthsOf(new Date(wall)) + times * months, 1);
}

/** The days, weeks or months before (-1) or behind (1) a window of whole ones; null: it is of none. */
export function beside({ fromMs, toMs }, times) {
  if (!isWholeDays({ fromMs, toMs })) return null;
  const [from, to] = [fromMs, toMs].map(wallAt);
  const step = stepOf(from, to);
  return {
    fromMs: momentOf(step(from, times)),
    toMs: momentOf(step(to, times)),
  };
}

/** As far as a window has come: what is to come was not measured. */
export function upTo({ fromMs, toMs }, nowMs) {
  return { fromMs, toMs: fromMs < nowMs ? Math.min(toMs, nowMs) : toMs };
}

function wholeText({ fromMs, toMs }, nowMs) {
  const [first, last] = [fromMs, toMs - 1].map((ms) => dayText(ms, nowMs));
  return first === last ? first : `${first} to ${last}`;
}

function minutesText({ fromMs, toMs }, nowMs) {
  const of = (ms) => `${dayText(ms, nowMs)} ${minuteText(ms)}`;
  const end = isSameDay(fromMs, toMs) ? minuteText(toMs) : of(toMs);
  return `${of(fromMs)} to ${end}`;
}

/** A window in words: "29 Nov", "23 Nov to 29 Nov", "29 Nov 08:00 to 12:00"; one that goes on says so. */
export function windowText(window, nowMs) {
  const text = isWholeDays(window)
    ? wholeText(window, nowMs)
    : minutesText(window, nowMs);
  return window.fromMs < nowMs && nowMs < window.toMs ? `${text} so far` : text;
}

/** What ends now in words: "since 23 Nov", "last 24 h". */
export function untilNowText({ fromMs, toMs }) {
  return isMidnight(fromMs)
    ? `since ${dayText(fromMs, toMs)}`
    : `last ${lengthText(toMs - fromMs)}`;
}

function lengthText(ms) {
  return ms === DAY_MS ? "24 h" : duration(ms);
}
