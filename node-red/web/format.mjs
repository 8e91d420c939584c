/** Numbers, times and severities as a person reads them; times are the site's. */

import { locale } from "./language.mjs";
import { dayText, isSameDay, minuteText, secondText } from "./site-time.mjs";

export const SEVERITIES = ["None", "Low", "Medium", "High", "Critical"];

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** 0 for nothing wrong up to 4 for Critical; an unknown word counts as nothing. */
export function severityRank(severity) {
  return Math.max(0, SEVERITIES.indexOf(severity));
}

/** The CSS class that colours a severity. */
export function severityClass(severity) {
  return `sev-${SEVERITIES[severityRank(severity)].toLowerCase()}`;
}

/** The CSS class that colours an episode: what was not judged is neither healthy nor faulty. */
export function episodeClass({ fault, severity }) {
  return fault === "not_judged" ? "sev-quiet" : severityClass(severity);
}

const LONGEST = 1e12; // what is beyond is no number to read digit by digit
const EXPONENT = { notation: "scientific", maximumSignificantDigits: 4 };

function digits(value, options) {
  const isLong = Math.abs(value) >= LONGEST;
  return value.toLocaleString(locale, {
    signDisplay: "negative", // what rounds to nothing is no "-0"
    ...(isLong ? EXPONENT : options),
  });
}

/** A number with fixed decimals and thin thousands, or a dash where there is none. */
export function number(value, decimals = 1) {
  if (!Number.isFinite(value)) return "–";
  return digits(value, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

/** A number with as many decimals (at most two) as it needs. */
export function brief(value) {
  if (!Number.isFinite(value)) return "–";
  return digits(value, { maximumFractionDigits: 2 });
}

/** A name that nobody has given a title, as words: "hot_water" becomes "Hot water". */
export function wordsOf(name) {
  const text = name.replace(/[_.-]+/g, " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A unit as printed behind a number: the dimensionless "1" is not shown. */
export function unitText(unit) {
  return unit === "1" ? "" : (unit ?? "");
}

const SCALES = {
  Wh: [1000, "kWh"],
  g: [1000, "kg"],
};

/** A quantity in the unit that suits its size: 1,234 Wh becomes 1.23 kWh. */
export function quantity(value, unit) {
  if (!Number.isFinite(value)) return { text: "–", unit: unitText(unit) };
  const scale = SCALES[unit];
  if (scale && Math.abs(value) >= scale[0])
    return { text: number(value / scale[0], 2), unit: scale[1] };
  return {
    text: number(value, Math.abs(value) >= 100 ? 0 : 2),
    unit: unitText(unit),
  };
}

/** Money with its currency's sign; small sums keep what makes them tell apart. */
export function money(value, currency = "GBP") {
  if (!Number.isFinite(value)) return "–";
  if (Object.is(value, -0)) return money(0, currency);
  const decimals = Math.abs(value) > 0 && Math.abs(value) < 1 ? 4 : 2;
  const options =
    value !== 0 && Math.abs(value) < 0.01
      ? { maximumSignificantDigits: 2 }
      : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return inCurrency(value, currency, options);
}

/** Money that is projected, not counted: to the penny it is not known. */
export function roughMoney(value, currency) {
  const isLarge = Number.isFinite(value) && Math.abs(value) >= 100;
  return isLarge
    ? inCurrency(value, currency, { maximumSignificantDigits: 3 })
    : money(value, currency);
}

function inCurrency(value, currency, options) {
  try {
    return new Intl.NumberFormat(locale, {
      style: "currency",
      currency,
      ...options,
    }).format(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `${digits(value, options)} ${currency}`;
  }
}

/** A share 0..1 in percent; what is nearly all or nearly nothing never reads as all or nothing. */
export function percent(share, decimals = 0) {
  if (!Number.isFinite(share)) return "–";
  const text = number(share * 100, decimals);
  const whole = number(100, decimals);
  if (share > 0 && text === number(0, decimals))
    return `<${number(10 ** -decimals, decimals)} %`;
  return share < 1 && text === whole
    ? `>${number(99, decimals)} %`
    : `${text} %`;
}

/** A length of time: "42 s", "5 min", "3 h 20 min", "2 d 4 h". */
export function duration(ms) {
  if (!Number.isFinite(ms)) return "–";
  const span = Math.max(0, ms);
  if (span < MINUTE_MS) return `${Math.floor(span / 1000)} s`;
  if (span < HOUR_MS) return `${Math.floor(span / MINUTE_MS)} min`;
  if (span < DAY_MS) {
    const minutes = Math.floor((span % HOUR_MS) / MINUTE_MS);
    return `${Math.floor(span / HOUR_MS)} h${minutes ? ` ${minutes} min` : ""}`;
  }
  const hours = Math.floor((span % DAY_MS) / HOUR_MS);
  return `${Math.floor(span / DAY_MS)} d${hours ? ` ${hours} h` : ""}`;
}

/** How long ago, in words. */
export function ago(ms, nowMs) {
  if (!Number.isFinite(ms)) return "never";
  const span = nowMs - ms;
  return span < 2000 ? "just now" : `${duration(span)} ago`;
}

/** The site's clock time, with the date when it is not today there, and the year when not this one. */
export function clock(ms, nowMs = Date.now()) {
  if (!Number.isFinite(ms)) return "–";
  return isSameDay(ms, nowMs)
    ? secondText(ms)
    : `${dayText(ms, nowMs)} ${minuteText(ms)}`;
}
