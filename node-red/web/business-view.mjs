/** What machines of a type earn, by the roles of its figures, and what that is reckoned with. Pure. */

import { allBuckets } from "./energy-view.mjs";
import { figureView, figuresAt, withPlainGain } from "./figures.mjs";

const MONEY_ROLES = ["revenue", "projection", "gain", "payback"];
const ROLES = ["utilisation", ...MONEY_ROLES];
const WORD = /[A-Za-z_]\w*/g;

/** The figure of a type that has this role; null where none has. */
export function ofRole(type, role) {
  return type?.kpis.find((kpi) => kpi.role === role) ?? null;
}

/** The types of these machines that earn, or are used, by what their figures say. */
export function typesThatEarn(devices, types) {
  const names = [...new Set(devices.map(({ asset }) => asset))].sort();
  return names
    .map((name) => types[name])
    .filter((type) => ofRole(type, "revenue") || ofRole(type, "utilisation"));
}

/** The type's figures of this page, in order. */
export function figuresOf(type) {
  return ROLES.map((role) => ofRole(type, role)).filter(Boolean);
}

/** The figures that are worth telling by a label, with that label. */
export function byLabels(type) {
  return (type?.kpis ?? [])
    .filter(({ by }) => by)
    .map((kpi) => ({
      kpi,
      label: type.labels.find(({ name }) => name === kpi.by),
    }))
    .filter(({ label }) => label);
}

/** The words that the figures about money are reckoned with, those of figures they name included. */
export function assumptionsOf(type) {
  const byName = new Map(type.kpis.map((kpi) => [kpi.name, kpi]));
  const waiting = type.kpis.filter(({ role }) => MONEY_ROLES.includes(role));
  const seen = new Set(waiting.map(({ name }) => name));
  const words = new Set();
  while (waiting.length) {
    for (const word of waiting.pop().formula.match(WORD) ?? []) {
      const named = byName.get(word);
      if (named && !seen.has(word)) {
        seen.add(word);
        waiting.push(named);
      }
      if (!named) words.add(word);
    }
  }
  return [...words];
}

/** A group of `/kpis` by its name; null where it is not there. */
export function groupOf(answer, name) {
  return answer?.groups.find((group) => group.name === name) ?? null;
}

/** The figures of the only bucket of a group, by name; a gain that does not pay in plain words. */
export function totalsOf(group, kpis = []) {
  return withPlainGain(group ? figuresAt(group, 0) : {}, kpis);
}

/** A line a machine: its figures as text. */
export function machineLines(answer, kpis) {
  return answer.groups
    .filter((group) => kpis.some(({ name }) => name in group.kpis))
    .map((group) => {
      const figures = totalsOf(group, kpis);
      return {
        device: group.name,
        cells: kpis.map((kpi) => cellOf(kpi, figures[kpi.name])),
      };
    });
}

function cellOf(kpi, figure) {
  const { text, unit, reason } = figureView(kpi, figure);
  return { name: kpi.name, text, unit, reason };
}

/** A line a value of a label, the best first; what nobody has told comes last. */
export function labelLines(answer, type, kpi) {
  const told = answer?.types.find(({ asset }) => asset === type.name);
  if (!told) return [];
  const lines = told.values.map(({ value, measured_ms: ms, kpis }) => ({
    value,
    measuredMs: ms,
    figure: kpis[kpi.name] ?? null,
    cell: cellOf(kpi, kpis[kpi.name]),
  }));
  const rank = ({ value, figure }) =>
    value === null ? -Infinity : (figure?.value ?? -1);
  return lines
    .filter(({ measuredMs }) => measuredMs > 0)
    .sort((a, b) => rank(b) - rank(a));
}

/** Times and values of one figure, null where unknown, as bars draw them: a bucket in which nothing was
 * read is one all the same. */
export function overTime(answer, group, name, span) {
  const values = group?.kpis[name]?.value ?? [];
  const buckets = values.length ? allBuckets(answer, span) : null;
  return buckets
    ? { times: buckets.times, values: buckets.spread(values) }
    : { times: answer.time_ms, values };
}
