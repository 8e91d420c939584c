/** What is not as it should be with a machine's own word: its clock, its rate, its channels. Pure. */

import { brief, number, unitText } from "./format.mjs";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const SURPLUS = "unknown_channel";
const NOTABLE_OFFSET_MS = 30_000;
const OTHER_RATE = 1.25; // a quarter off is another rate, less is a board's own timing

function rounded(ms, toMs) {
  return Math.round(ms / toMs) * toMs;
}

function twoUnits(ms, [largeMs, large], [smallMs, small]) {
  const parts = Math.round(ms / smallMs);
  const each = largeMs / smallMs;
  return `${Math.floor(parts / each)} ${large} ${parts % each} ${small}`;
}

/** A length of time to its second unit: "0.2 s", "3 min 5 s", "5 h 0 min", "2 d 4 h". */
export function exactly(ms) {
  const tenthsMs = rounded(ms, 100);
  if (tenthsMs < MINUTE_MS) return `${brief(tenthsMs / SECOND_MS)} s`;
  if (rounded(ms, SECOND_MS) < HOUR_MS)
    return twoUnits(ms, [MINUTE_MS, "min"], [SECOND_MS, "s"]);
  if (rounded(ms, MINUTE_MS) < DAY_MS)
    return twoUnits(ms, [HOUR_MS, "h"], [MINUTE_MS, "min"]);
  return twoUnits(ms, [DAY_MS, "d"], [HOUR_MS, "h"]);
}

function uncertainty(ms) {
  return `± ${exactly(Math.max(100, ms))}`;
}

/** How the board's clock stands to the gateway's, or nothing where it is not known. */
export function clockText(clock) {
  if (!Number.isFinite(clock?.offset_ms)) return "";
  const { offset_ms: offset, uncertainty_ms: within, corrected } = clock;
  const about = uncertainty(within);
  if (Math.abs(offset) <= Math.max(within, SECOND_MS))
    return `right (${about})`;
  const side = offset > 0 ? "behind" : "ahead";
  const times = corrected
    ? "times are corrected"
    : "times are as the board says them";
  return `${exactly(Math.abs(offset))} ${side} (${about}); ${times}`;
}

/** A sentence about a board's clock that is far off; nothing about one that is right. */
export function clockNotice(clock) {
  if (!(Math.abs(clock?.offset_ms) >= NOTABLE_OFFSET_MS)) return "";
  return `The board's clock is ${clockText(clock)}.`;
}

/** When the newest reading was measured, by the gateway's clock where the board's is off. */
export function seenMs(state) {
  if (!state?.time_ms) return null; // 0 of a device that has no reading yet
  const { clock } = state;
  return state.time_ms + (clock && !clock.corrected ? clock.offset_ms : 0);
}

/** "5 a second", "every 10 s", "every 1 h 30 min". */
export function everyText(periodMs) {
  if (!(periodMs > 0)) return "";
  if (periodMs < SECOND_MS) return `${brief(SECOND_MS / periodMs)} a second`;
  const text = exactly(periodMs);
  return `every ${text.replace(/(?<=\d \w+) 0 \w+$/, "")}`;
}

/** How often a machine measures, and what its birth announced where that is another rate. */
export function rateText(periodMs, announcedHz) {
  const announced = announcedHz > 0 ? everyText(SECOND_MS / announcedHz) : "";
  const measured = everyText(periodMs);
  if (!measured || !announced)
    return measured || (announced && `${announced}, announced`);
  const factor = (periodMs * announcedHz) / SECOND_MS;
  const isOther = factor > OTHER_RATE || factor < 1 / OTHER_RATE;
  return isOther ? `${measured} (announced: ${announced})` : measured;
}

/** Whether a gap in what it sends would be noticed; of what was imported nobody counts. */
export function deliveryText(state, importedMs) {
  if (!state || importedMs) return "";
  return state.sequenced ? "sequenced: a gap is noticed" : "unsequenced";
}

/** Why a channel of the type is set aside now, since when; null: it is not. */
export function asideOf(state, name) {
  const trouble = state?.troubles?.[name];
  return trouble && trouble.reason !== SURPLUS ? trouble : null;
}

/** The channels of the type that are set aside now. */
export function asideNames(state) {
  return Object.keys(state?.troubles ?? {}).filter((name) =>
    asideOf(state, name),
  );
}

/** The values that count: without those of channels that are set aside. */
export function believed(state) {
  return Object.fromEntries(
    Object.entries(state?.values ?? {}).filter(
      ([name]) => !asideOf(state, name),
    ),
  );
}

function withArticle(title) {
  const lower = title.toLowerCase();
  return `${/^[aeiou]/.test(lower) ? "an" : "a"} ${lower}`;
}

/** What a machine sends beside the channels of its type, each as a sentence. */
export function surplusOf(state, type) {
  return Object.entries(state?.troubles ?? {})
    .filter(([, trouble]) => trouble.reason === SURPLUS)
    .map(([name, { value, detail }]) => ({
      name,
      text: `${name} ${typeof value === "string" ? value : brief(value)}: not a channel of ${withArticle(type.title)}`,
      why: /is no name/.test(detail) ? detail : "", // its type has nothing to do with it
    }));
}

/** The fault a present diagnosis finds in this very channel, or nothing: "Stuck Sensor". */
export function suspicionOf(diagnosis, name) {
  if (!diagnosis || diagnosis.stale || diagnosis.channel !== name) return "";
  return diagnosis.fault_label;
}

/** Why a machine is judged neither healthy nor faulty; nothing where it is judged. */
export function notJudged(state, diagnosis) {
  if (state?.not_judged) return state.not_judged;
  return diagnosis?.fault === "not_judged"
    ? diagnosis.advice || diagnosis.fault_label
    : "";
}

/** What a gauge says of a channel that is set aside. */
export function asideText({ value, detail }, { decimals, unit }) {
  return (
    detail || `${number(value, decimals)} ${unitText(unit)} does not count`
  );
}
