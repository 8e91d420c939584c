/** A figure of a machine as a card shows it: value, bounds, coverage, goal, reason, definition. Pure. */

import {
  brief,
  money,
  number,
  percent,
  quantity,
  roughMoney,
  unitText,
} from "./format.mjs";

const SCALED = new Set(["Wh", "g"]);
const CURRENCY = /^[A-Z]{3}$/;
const WHOLE = 0.9995; // what reads as 100 %
const PROJECTED = new Set(["projection", "gain"]);
const NEVER_PAYS = "the gain is no more than the upkeep: it never pays";
const TARGET = "target_utilisation";
const AT_TARGET = "the target is reached already: there is no more to gain";
const BY_FORMULA = /: .+ is (?:0|not above 0)$/; // what a reason names for who knows the formula
const HALF = 0.5; // where less was measured, a value's bounds may be anything: how little says more

/** A value of a figure as text and unit; of money that is projected the first digits alone. */
export function shownAs(value, unit, decimals, role = "") {
  const sum = PROJECTED.has(role) ? roughMoney : money;
  if (CURRENCY.test(unit)) return { text: sum(value ?? NaN, unit), unit: "" };
  if (SCALED.has(unit)) return quantity(value ?? NaN, unit);
  return { text: number(value, decimals), unit: unitText(unit) };
}

function wholeText(value, { unit, decimals, role }) {
  const shown = shownAs(value, unit, decimals, role);
  return [shown.text, shown.unit].filter(Boolean).join(" ");
}

/**
 * Between what a figure {unit, decimals, role} can be, where that is not one number to the eye. That
 * it is at least nothing is not worth telling.
 */
export function boundsText({ low, high }, kind) {
  const known = [low, high].map((bound) =>
    Number.isFinite(bound) ? wholeText(bound, kind) : "",
  );
  if (known[0] === known[1]) return "";
  if (!known[0]) return `at most ${known[1]}`;
  if (!known[1])
    return known[0] === wholeText(0, kind) ? "" : `at least ${known[0]}`;
  return `${known[0]} to ${known[1]}`;
}

/** The goal in words: "at least 95 %", "60 to 100 %". */
export function goalText(goal, unit) {
  if (!goal) return "";
  const { at_least: least, at_most: most } = goal;
  const text = (value) => [brief(value), unitText(unit)].join(" ").trim();
  if (least == null) return `at most ${text(most)}`;
  if (most == null) return `at least ${text(least)}`;
  return `${brief(least)} to ${text(most)}`;
}

/**
 * How a figure stands to its goal, as a word and a mark; nothing where there is no goal or no value.
 * What is above `at_most` is told as it is: then the goal, or what it is reckoned with, is not right.
 */
export function standingOf(value, goal) {
  if (!goal || !Number.isFinite(value)) return null;
  if (goal.at_least != null && value < goal.at_least)
    return { css: "missed", icon: "mdi-arrow-down-bold", text: "below goal" };
  if (goal.at_most != null && value > goal.at_most)
    return { css: "missed", icon: "mdi-arrow-up-bold", text: "above goal" };
  return { css: "reached", icon: "mdi-check-bold", text: "goal reached" };
}

function coverText(coverage) {
  if (!Number.isFinite(coverage) || coverage >= WHOLE) return "";
  return `measured ${percent(coverage)}`;
}

/** Why there is no value, in words alone; whoever wants its formula finds it in `reason` itself. */
export function inWords(reason) {
  return (reason ?? "it cannot be told yet").replace(BY_FORMULA, "");
}

/** The whole reason, where a card tells but its words. */
function detailOf(value, reason) {
  return value === null && reason && inWords(reason) !== reason ? reason : "";
}

/**
 * Figures by name, but what is left to gain, and when that has paid, in plain words where there is
 * nothing: a gain reckoned with a target is below 0 only where that is reached.
 */
export function withPlainGain(figures, kpis) {
  const payback = kpis.find(({ role }) => role === "payback")?.name;
  const gain = kpis.find(({ role }) => role === "gain");
  const value = figures[gain?.name]?.value;
  if (!payback || !Number.isFinite(value)) return figures;
  const untold = (name, reason) => ({
    [name]: { ...figures[name], value: null, low: null, high: null, reason },
  });
  if (value < 0 && gain.formula.includes(TARGET))
    return {
      ...figures,
      ...untold(gain.name, AT_TARGET),
      ...untold(payback, AT_TARGET),
    };
  const paysNot = figures[payback]?.value === null;
  return paysNot ? { ...figures, ...untold(payback, NEVER_PAYS) } : figures;
}

/** What a card says of a figure of REST, {value, low, high, coverage, reason}, or of the twin. */
export function figureView(kpi, figure) {
  const unit = figure?.unit ?? kpi.unit;
  const value = figure?.value ?? null;
  const { decimals, role } = kpi;
  const shown = shownAs(value, unit, decimals, role);
  const saysLittle = value !== null && figure?.coverage < HALF;
  return {
    text: shown.text,
    unit: value === null ? "" : shown.unit,
    reason: value === null ? inWords(figure?.reason) : "",
    detail: detailOf(value, figure?.reason),
    bounds: saysLittle
      ? ""
      : boundsText(figure ?? {}, { unit, decimals, role }),
    coverage: value === null ? "" : coverText(figure?.coverage),
    isThin: figure?.coverage < 0.95,
    standing: standingOf(value, kpi.goal),
    goal: goalText(kpi.goal, unit),
  };
}

/** The figures of one bucket of REST's columns, by name. */
export function figuresAt(answer, at) {
  const cells = Object.entries(answer.kpis).map(([name, column]) => [
    name,
    {
      unit: column.unit,
      value: column.value[at],
      low: column.low[at],
      high: column.high[at],
      coverage: column.coverage[at],
      reason: column.reason[at],
    },
  ]);
  return Object.fromEntries(cells);
}

/** The type's figures: of the moment, of a stretch of time, and the four of OEE where it has them. */
export function sorted(type, figures) {
  const byRole = (role) => type.kpis.find((kpi) => kpi.role === role);
  const loss = ["availability", "performance", "quality"].map(byRole);
  const oee = byRole("oee");
  const hasOee = oee && loss.every(Boolean);
  const apart = new Set(hasOee ? [oee, ...loss] : []);
  const rest = type.kpis.filter((kpi) => !apart.has(kpi));
  const headFirst = (list) =>
    list.filter((kpi) => kpi.headline).concat(list.filter((k) => !k.headline));
  return {
    moment: headFirst(rest.filter(({ name }) => !(name in figures))),
    stretch: headFirst(rest.filter(({ name }) => name in figures)),
    oee: hasOee ? { oee, losses: loss } : null,
  };
}
