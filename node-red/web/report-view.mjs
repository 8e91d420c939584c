/** A report of the gateway as the page has it: cards, lines and sentences. Pure. */

import { changeText, leastText, quarterText } from "./energy-loads.mjs";
import { MEASURES, amountText } from "./energy-view.mjs";
import { inWords } from "./figures.mjs";
import { bucketLabel } from "./periods.mjs";
import { duration, number, percent, unitText } from "./format.mjs";
import {
  dateText,
  dayText,
  minuteText,
  monthText,
  weekText,
  whichText,
} from "./site-time.mjs";
import { windowOf } from "./spans.mjs";

const QUARTER_MS = 900_000;
const MOST_HOLES = 4;
const MOST_NAMED = 6;
const WHOLE = 0.9995; // what reads as 100 %

/**
 * What the gateway is asked for: the stretch of time in the address, else the named period; and as
 * of which time, as it stands there: the gateway says what is wrong with it.
 */
export function askedOf(query, period) {
  const as_of = query.as_of || undefined;
  const window = windowOf(query);
  if (window) return { from: window.fromMs, to: window.toMs, as_of };
  const words = period.replace("-", " ");
  return { from: words, to: words, as_of };
}

/** What has changed since of a report as of a time, a line a reason: "12 min: Readings came late." */
export function sinceLines({ minutes, params }) {
  const changed = minutes.map((each) => `${each.minutes} min: ${each.text}`);
  return params
    ? [...changed, `Prices or parameters of this time that were set: ${params}`]
    : changed;
}

/** How much of the time was measured, of the machines of which anything counts. */
export function measuredText({ machines, measured }) {
  const counted = machines.filter(({ coverage }) => coverage !== null).length;
  if (!counted) return "No machine counted in this period.";
  const of = counted === 1 ? "1 machine" : `${counted} machines`;
  return `Measured ${percent(measured.coverage)} of the time of ${of}.`;
}

/** Why a machine has no share, or from when on it was there; empty of one that was there all the time. */
function standingText({ period, measured }, { device, coverage, began_ms }) {
  if (measured.not_there.includes(device)) return "not there yet";
  if (coverage === null) return "in commissioning";
  return began_ms > period.from_ms ? `since ${momentText(began_ms)}` : "";
}

/** The period in words: "W47, 17 Nov 2025 to 23 Nov 2025". */
export function periodText({ from_ms: fromMs, to_ms: toMs, kind }) {
  if (kind === "day") return dateText(fromMs);
  if (kind === "month") return monthText(fromMs);
  if (kind === "week")
    return `${weekText(fromMs)}, ${dateText(fromMs)} to ${dateText(toMs - 1)}`;
  return `${momentText(fromMs)} to ${momentText(toMs)}`;
}

/** "3 Jun 2026 14:05" */
export function momentText(ms) {
  return `${dateText(ms)} ${minuteText(ms)}${whichText(ms)}`;
}

/** Some names, and how many more there are. */
export function listed(names, most = MOST_NAMED) {
  const some = names.slice(0, most).join(", ");
  return names.length > most ? `${some} and ${names.length - most} more` : some;
}

/** Whom the report lacks some time of: the least measured first. */
export function holed({ measured, machines }, calledAs) {
  const shares = new Map(machines.map((each) => [each.device, each.coverage]));
  const names = [...measured.with_holes].sort(
    (one, other) => shares.get(one) - shares.get(other),
  );
  return listed(
    names.map((id) => `${calledAs(id)} ${percent(shares.get(id))}`),
  );
}

/** Places that follow one another and are all `isThin`, together. */
function runsOf(shares, isThin) {
  const runs = [];
  shares.forEach((share, at) => {
    if (!isThin(share)) return;
    if (runs.at(-1)?.at(-1) === at - 1) runs.at(-1).push(at);
    else runs.push([at]);
  });
  return runs;
}

/** The buckets of which too little was measured: "17 Nov 40 %", "17 Nov to 19 Nov 0 %". */
export function holesText({ energy, measured }, shares) {
  const isThin = (share) => share !== null && share < measured.holed_below;
  const holes = runsOf(shares, isThin).map((run) => {
    const [first, last] = [run[0], run.at(-1)].map((at) =>
      bucketLabel(energy.buckets, at),
    );
    const its = run.map((at) => shares[at]);
    const [low, high] = [Math.min(...its), Math.max(...its)].map((share) =>
      percent(share),
    );
    const when = run.length > 1 ? `${first} to ${last}` : first;
    return low === high ? `${when} ${low}` : `${when} ${low} to ${high}`;
  });
  return listed(holes, MOST_HOLES);
}

function measureCard(report, measure) {
  const { totals, before, change, untold } = report.energy;
  const { not_there: later } = report.measured;
  const there = report.machines.filter(({ device }) => !later.includes(device));
  const told = there.filter(({ device }) => !untold.includes(device));
  const { name, title } = measure;
  const amount = (sums) =>
    sums[name] === null
      ? "–"
      : amountText(sums[name], measure, report.currency);
  return {
    key: name,
    title: name === "co2_g" ? "CO₂ equivalent" : title,
    text: amount(totals),
    notes: [
      `${percent(totals.coverage)} measured`,
      told.length < there.length
        ? `${told.length} of ${there.length} machines`
        : "",
      before[name] === null ? "" : `before: ${amount(before)}`,
      changeText(change[name]) ?? "",
    ].filter(Boolean),
  };
}

function loadCard({ of, quarters, reason, ...loads }, key, title) {
  const load = loads[key];
  if (!load) return { key, title, text: "–", notes: [reason] };
  const counted = load.quarters ?? quarters;
  return {
    key,
    title,
    text: leastText(load.w, load.is_least),
    notes: [
      quarterText(load.time_ms, QUARTER_MS),
      `of ${counted} of ${of} quarter hours`,
    ],
  };
}

/** What it used and cost. */
export function energyCards(report) {
  const { power } = report.energy;
  return [
    ...["energy_wh", "cost", "co2_g"].map((name) =>
      measureCard(
        report,
        MEASURES.find((measure) => measure.name === name),
      ),
    ),
    loadCard(power, "peak", "Peak"),
    loadCard(power, "base", "Base load"),
  ];
}

/** A line a machine, the most energy first; what is not told is null. */
export function machineLines(report) {
  const whole = report.energy.totals.energy_wh;
  return [...report.machines]
    .sort((a, b) => (b.energy_wh ?? -1) - (a.energy_wh ?? -1))
    .map((machine) => ({
      ...machine,
      share:
        whole && machine.energy_wh !== null ? machine.energy_wh / whole : null,
      isThin:
        machine.coverage !== null &&
        machine.coverage < report.measured.holed_below,
      holes: [
        standingText(report, machine),
        holesText(report, machine.by_bucket),
      ]
        .filter(Boolean)
        .join(", "),
    }));
}

const KINDS = {
  limit: "of limits",
  fault: "of faults",
  system: "of the system",
};

function meanCard(key, title, mean) {
  return {
    key,
    title,
    text: mean.value_ms === null ? "–" : duration(mean.value_ms),
    notes: [mean.value_ms === null ? mean.reason : `of ${mean.of}`],
  };
}

/** What went wrong. */
export function alarmCards({ total, by_kind: kinds, by_severity: severities }) {
  const [gravest, ...others] = severities.map(
    ({ count, severity }) => `${severity}: ${count}`,
  );
  const { precision } = total;
  return [
    {
      key: "alarms",
      title: "Alarms raised",
      text: number(total.count, 0),
      notes: [
        ...kinds.map(({ count, kind }) => `${count} ${KINDS[kind]}`),
        total.open ? `${total.open} still open` : "",
        total.suppressed ? `${total.suppressed} in maintenance` : "",
      ].filter(Boolean),
    },
    {
      key: "severity",
      title: "By severity",
      text: gravest ?? "none",
      notes: others,
    },
    meanCard("seen", "Until seen, mean", total.mtta),
    meanCard("over", "Until over, mean", total.mttr),
    {
      key: "right",
      title: "Right",
      text: percent(precision.value),
      notes: [precision.reason ?? `of ${precision.of} that people judged`],
    },
  ];
}

/** How long an alarm stood; of one that is open so far. */
export function stoodText(
  { raised_ms: raisedMs, cleared_ms: clearedMs },
  madeMs,
) {
  const text = duration((clearedMs ?? madeMs) - raisedMs);
  return clearedMs ? text : `${text}, still open`;
}

export const ROLES = [
  { role: "oee", title: "OEE" },
  { role: "availability", title: "Availability" },
  { role: "performance", title: "Performance" },
  { role: "quality", title: "Quality" },
  { role: "utilisation", title: "Utilisation" },
];

/** A figure as a cell has it: what was measured of it where that is not all, or why there is none. */
export function figureCell(figure) {
  if (!figure) return { text: "–", note: "" };
  const { value, unit, coverage, reason } = figure;
  if (value === null) return { text: "–", note: inWords(reason) };
  return {
    text: `${number(value, 1)} ${unitText(unit)}`,
    note: coverage < WHOLE ? `${percent(coverage)} measured` : "",
  };
}

/** A line a machine that tells any of these. */
export function operationLines({ machines }) {
  return machines.map(({ device, figures }) => ({
    device,
    cells: ROLES.map(({ role }) => ({ role, ...figureCell(figures[role]) })),
  }));
}

/** What stands below a bar of energy. */
export function barNote({ buckets }, at, currency) {
  const [energy] = MEASURES;
  const value = buckets.energy_wh[at];
  const amount = value === null ? "–" : amountText(value, energy, currency);
  return `${bucketLabel(buckets, at)}\n${amount}\n${percent(buckets.coverage[at])}`;
}

/** Day and time of a moment of this year, as tables have it. */
export function whenText(ms, nowMs) {
  return `${dayText(ms, nowMs)} ${minuteText(ms)}`;
}
