/** Maintenance as a machine's page shows it: what is used, and how long is left, in words. Pure. */

import { clock, number, percent } from "./format.mjs";

const SOON = 0.9;
const SOON_H = 7 * 24;
const IN_HOURS_H = 72; // below, days would be too coarse
const HOURS_A_DAY = 24;
const AT_ITS_END = "its end is reached already";

const DUE = { css: "sev-high", icon: "mdi-alert", text: "due" };
const SOON_DUE = {
  css: "sev-medium",
  icon: "mdi-clock-alert-outline",
  text: "soon",
};
const NOT_DUE = { css: "sev-none", icon: "mdi-check-bold", text: "not due" };
const UNKNOWN = { css: "sev-quiet", icon: "mdi-help", text: "unknown" };

function standing(share) {
  if (share >= 1) return DUE;
  return share >= SOON ? SOON_DUE : NOT_DUE;
}

function isAtItsEnd({ value, ends_at: end, falls }) {
  if (value === null || end === null) return false;
  return falls ? value <= end : value >= end;
}

/** How far a sign is: at its end, or there within days. */
function wearing({ sign, left }) {
  if (sign.value === null || sign.ends_at === null) return UNKNOWN;
  if (isAtItsEnd(sign)) return DUE;
  return left.low !== null && left.low < SOON_H ? SOON_DUE : NOT_DUE;
}

/** How near the end is that others of its kind had. */
function lasting({ hours, low }) {
  if (low !== null && low < SOON_H) return SOON_DUE;
  return hours === null && low === null ? UNKNOWN : NOT_DUE;
}

function inUnit(hours, isHours, decimals = 0) {
  return number(isHours ? hours : hours / HOURS_A_DAY, decimals);
}

/** So many decimals that the ends of an interval differ. */
function decimalsOf({ low, high, hours }, isHours) {
  const width = ((high ?? 2 * hours) - low) / (isHours ? 1 : HOURS_A_DAY);
  return width < 3 ? 1 : 0;
}

/** "About 12 days left (90 %: 9 to 17)", or why nobody knows. */
export function leftText(left) {
  if (!left) return "";
  if (left.hours === null) {
    const least = left.low;
    if (least === null) return left.reason;
    const isHours = least < IN_HOURS_H;
    const amount = inUnit(least, isHours);
    return isHours
      ? `More than ${amount} h left: ${left.reason}`
      : `More than ${amount} days left: ${left.reason}`;
  }
  const isHours = left.hours < IN_HOURS_H;
  const decimals = decimalsOf(left, isHours);
  const about = inUnit(left.hours, isHours, decimals);
  const low = inUnit(left.low, isHours, decimals);
  const high = left.high === null ? "∞" : inUnit(left.high, isHours, decimals);
  const sure = percent(left.level);
  return isHours
    ? `About ${about} h left (${sure}: ${low} to ${high})`
    : `About ${about} days left (${sure}: ${low} to ${high})`;
}

/** How long the trend is that a number is of; empty where there is none. */
export function trendText(left) {
  if (!left || left.hours === null) return "";
  const isHours = left.seen_h < IN_HOURS_H;
  const seen = inUnit(left.seen_h, isHours);
  return isHours
    ? `from a trend over ${seen} h`
    : `from a trend over ${seen} days`;
}

/** "1.92 of 4.50 mm/s" */
function signText({ value, ends_at: end, unit, decimals }) {
  if (value === null) return "not measured yet";
  const now = number(value, decimals);
  return end === null
    ? `${now} ${unit}`
    : `${now} ${unit}, worn out at ${number(end, decimals)} ${unit}`;
}

/** A sign that came to its end at once has no trend, or one that does not know of it yet. */
function atItsEnd(sign) {
  return isAtItsEnd(sign)
    ? { left: AT_ITS_END, trend: "", isKnown: false }
    : {};
}

/** One service or part: its standing, how wide its bar is, what is used, what is left, since when. */
export function dueView({ name, title, advice, ...told }, nowMs) {
  const by = told.done_by ? ` by ${told.done_by}` : "";
  const since = told.since_ms
    ? `since it was done${by}, ${clock(told.since_ms, nowMs)}`
    : "since the first reading";
  const view = {
    name,
    title,
    advice,
    since,
    event: told.reset_by ?? "",
    left: leftText(told.left),
    trend: trendText(told.left),
    isKnown: Boolean(told.left) && told.left.hours !== null,
  };
  if (told.kind === "wear")
    return {
      ...view,
      ...atItsEnd(told.sign),
      standing: wearing(told),
      sign: told.sign.title,
      used: signText(told.sign),
      width: null,
    };
  if (told.kind === "learned")
    return {
      ...view,
      standing: lasting(told.left),
      learned: told.left.method,
      trend: "",
      width: null,
    };
  if (told.share === null) {
    const used = `– ${told.reason ?? ""}`.trim();
    return { ...view, left: "", standing: UNKNOWN, used, width: 0 };
  }
  return {
    ...view,
    left: told.share >= 1 ? "" : view.left,
    standing: standing(told.share),
    used: `${percent(told.share)} used`,
    width: Math.min(1, told.share) * 100,
  };
}
