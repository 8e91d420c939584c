/** What a machine could be told, and what that would change, as its page shows it. Pure. */

import { money, number, percent, unitText } from "./format.mjs";
import { locale } from "./language.mjs";

/** How far a person may look ahead, with as many virtual machines as one request may take. */
export const SPANS = [
  { hours: 1, title: "an hour", seeds: 12 },
  { hours: 8, title: "8 hours", seeds: 12 },
  { hours: 24, title: "a day", seeds: 12 },
  { hours: 72, title: "3 days", seeds: 7 },
];

/** What it is told now, as settings, channels or parameters say; null where nobody knows. */
function presentOf(input, state, params) {
  const setting = state?.settings?.[input.setting]?.reported;
  const value =
    setting ?? state?.values?.[input.channel] ?? params?.[input.param]?.value;
  if (input.choices.length) return input.choices.includes(value) ? value : null;
  if (!Number.isFinite(value)) return null;
  return Math.min(input.high, Math.max(input.low, value));
}

function rounded(value, decimals) {
  return Number(value.toFixed(decimals));
}

/** One row for each input of its type: its range, where it begins, and what it is now. */
export function inputRows(inputs, state, params) {
  return inputs.map((input) => {
    const now = presentOf(input, state, params);
    const start = now ?? input.default;
    const isNumber = !input.choices.length;
    return {
      ...input,
      unit: unitText(input.unit),
      isNumber,
      step: 10 ** -input.decimals,
      start: isNumber ? rounded(start, input.decimals) : start,
      now: now === null ? "" : shown(now, input),
    };
  });
}

/** A value of an input as text. */
export function shown(value, input) {
  if (input.choices.length) return value;
  return [number(value, input.decimals), unitText(input.unit)].join(" ").trim();
}

/** Parameters of its type that a person may try, as the gateway's answer has them. */
export function paramRows(params, inputs) {
  const told = new Set(inputs.map(({ param }) => param));
  return Object.entries(params ?? {})
    .filter(([name]) => !told.has(name))
    .map(([name, { title, unit, value }]) => ({
      name,
      title,
      unit: unitText(unit),
      value,
    }));
}

/** What is asked: only what is not as it was. A field that holds no number is left out. */
export function questionOf({ hours, told, tried }, rows, params) {
  const inputs = rows
    .filter(({ name, start }) => told[name] !== start)
    .map(({ name, isNumber }) => [
      name,
      isNumber ? Number(told[name]) : told[name],
    ]);
  const others = params
    .map(({ name, value }) => [name, value, numberOf(tried[name])])
    .filter(([, value, wanted]) => wanted !== null && wanted !== value)
    .map(([name, , wanted]) => [name, wanted]);
  return {
    hours,
    seeds: SPANS.find((span) => span.hours === hours).seeds,
    inputs: Object.fromEntries(inputs),
    params: Object.fromEntries(others),
    progress: true,
  };
}

function numberOf(text) {
  const plain = String(text ?? "")
    .trim()
    .replace(",", ".");
  return plain && Number.isFinite(Number(plain)) ? Number(plain) : null;
}

/** A minus at which no line is broken. */
function unbroken(text) {
  return text.replace("-", "−");
}

function signed(value) {
  if (!Number.isFinite(value)) return "–";
  const digits = { maximumSignificantDigits: 3, signDisplay: "exceptZero" };
  return unbroken(value.toLocaleString(locale, digits));
}

function signedMoney(value, unit) {
  const text = unbroken(money(value, unit));
  return value > 0 ? `+${text}` : text;
}

function band({ low, high }, write) {
  if (low === null) return "";
  const ends = [write(low), write(high)];
  return ends[0] === ends[1] ? "" : ends.join(" to ");
}

const TITLES = { kwh: "Energy", cost: "Cost", co2_kg: "CO₂" };

/** The three differences that are asked about first; those that its type has. */
function savedView(delta) {
  return Object.entries(TITLES)
    .filter(([name]) => delta[name])
    .map(([name, title]) => {
      const told = delta[name];
      const isMoney = name === "cost";
      const write = (value) =>
        isMoney ? signedMoney(value, told.unit) : signed(value);
      return {
        name,
        title,
        text: write(told.value),
        unit: isMoney ? "" : told.unit,
        band: band(told, write),
        css: told.high < 0 ? "falls" : told.low > 0 ? "rises" : "",
      };
    });
}

function rowView({ name, title, unit, decimals, now, then }) {
  const write = (value) => number(value, decimals);
  return {
    name,
    title,
    unit: unitText(unit),
    now: write(now.value),
    then: write(then.value),
    band: band(then, write),
  };
}

/** Whether nine machines of ten show it, to either side. */
function changes({ now, then, delta }) {
  if (now.value === null || then.value === null) return false;
  return delta.low > 0 || delta.high < 0;
}

function chanceView({ kind, name, label, now, then }, seeds) {
  const text = (told) => (told ? percent(told.value) : percent(0));
  const told = then ?? { low: 0, high: mostOfNone(seeds) };
  return {
    kind,
    name,
    label,
    now: text(now),
    then: text(then),
    band: band(told, percent),
  };
}

/** None of so many: with 90 % of certainty its chance is no higher (Wilson). */
export function mostOfNone(seeds) {
  const z2 = 1.6448536 ** 2;
  return z2 / (seeds + z2);
}

const MONEY_OR_ENERGY = new Set(["energy", "cost", "co2", "power"]);

/** The answer, as the card shows it. */
export function answerView(answer) {
  const figures = answer.figures.filter(
    ({ role }) => !MONEY_OR_ENERGY.has(role),
  );
  const chances = answer.chances.map((chance) =>
    chanceView(chance, answer.seeds),
  );
  return {
    saved: savedView(answer.delta),
    rows: [...answer.channels, ...figures].filter(changes).map(rowView),
    limits: chances.filter(({ kind }) => kind === "limit"),
    faults: chances.filter(({ kind }) => kind !== "limit"),
    seeds: answer.seeds,
    none: percent(mostOfNone(answer.seeds)),
  };
}
