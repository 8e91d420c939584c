/** Numbers that count from a date on, as a page shows them and as the gateway takes them. Pure. */

import { bandText, bandsOf, typedBands } from "./bands.mjs";
import { locale } from "./language.mjs";
import { brief, clock } from "./format.mjs";
import { dateText, dayBegins, minuteText, wallAt } from "./site-time.mjs";

const DAY_MS = 86_400_000;
const MOST_DIGITS = 6;

/** From when a new value may count. */
export const BEGINNINGS = [
  { value: "now", text: "from now on" },
  { value: "day", text: "from the beginning of a day" },
  { value: "ever", text: "ever since" },
];

const WHOSE = {
  device: "for this machine alone",
  site: "of the site",
  type: "default",
};

function valueText(value) {
  return value.toLocaleString(locale, {
    maximumSignificantDigits: MOST_DIGITS,
  });
}

/** "1 Jan 2026", with the time of day where it begins within one. */
function dateOf(ms) {
  const isWhole = wallAt(ms) % DAY_MS === 0;
  return isWhole ? dateText(ms) : `${dateText(ms)} ${minuteText(ms)}`;
}

/** Whose word counts, and since when. */
function sinceText({ scope, valid_from_ms: fromMs }) {
  const since = fromMs ? `since ${dateOf(fromMs)}` : "";
  return [WHOSE[scope] ?? scope, since].filter(Boolean).join(", ");
}

function whenOf(version, param, timeMs) {
  if (version.valid_from_ms > timeMs) return "to come";
  const counts =
    version.scope === param.scope &&
    version.valid_from_ms === param.valid_from_ms;
  return counts ? "counts now" : "past";
}

function versionRow(version, { param, scope, timeMs }) {
  const { changed_by: by, changed_ms: ms } = version;
  return {
    key: `${version.scope} ${version.valid_from_ms}`,
    from: version.valid_from_ms
      ? `from ${dateOf(version.valid_from_ms)}`
      : "ever since",
    fromMs: version.valid_from_ms,
    value: valueText(version.value),
    whose: version.scope === scope ? "" : (WHOSE[version.scope] ?? ""),
    when: whenOf(version, param, timeMs),
    who: `${by}, ${clock(ms, timeMs)}`,
    source: version.source,
    bands: (version.bands ?? []).map(bandText),
    isOwn: version.scope === scope,
  };
}

/** Each parameter (or those named) with what counts now and its versions, the newest first. */
export function paramRows(answer, names = Object.keys(answer.params)) {
  const scope = answer.device === null ? "site" : "device";
  const timeMs = answer.time_ms;
  const named = names.filter((name) => answer.params[name]);
  return named.map((name) =>
    rowOf(name, answer.params[name], { scope, timeMs }),
  );
}

/** The bands of the version that counts. */
function bandsThatCount({ scope, valid_from_ms: fromMs, versions }) {
  const found = versions.find(
    (one) => one.scope === scope && one.valid_from_ms === fromMs,
  );
  return found?.bands ?? [];
}

function rowOf(name, param, { scope, timeMs }) {
  return {
    name,
    title: param.title,
    unit: param.unit === "1" ? "" : param.unit,
    value: valueText(param.value),
    since: [sinceText(param), param.band ? `now ${param.band}` : ""]
      .filter(Boolean)
      .join(", "),
    bands: bandsThatCount(param),
    source: param.source,
    versions: param.versions
      .map((version) => versionRow(version, { param, scope, timeMs }))
      .sort((a, b) => b.fromMs - a.fromMs),
  };
}

/** What a form for a new value begins with. */
export function versionForm(bands = []) {
  return {
    value: "",
    from: "now",
    day: "",
    source: "",
    bands: typedBands(bands),
  };
}

function beginning({ from, day }) {
  if (from === "now") return {};
  if (from === "ever") return { valid_from: 0 };
  const ms = dayBegins(day);
  if (!Number.isFinite(ms))
    throw new Error("Say from which day on it counts, or from now on.");
  return { valid_from: ms };
}

/** The form as the gateway takes it. Throws an Error whose message is a sentence. */
export function versionOf(form, title) {
  const text = form.value.trim().replace(",", ".");
  const value = Number(text);
  if (!text || !Number.isFinite(value))
    throw new Error(`${title} must be a number, as ${brief(0.31)}.`);
  const bands = bandsOf(form.bands);
  const parts = bands.length ? { bands } : {};
  return { value, ...beginning(form), source: form.source.trim(), ...parts };
}
