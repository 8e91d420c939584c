/** Alarms as a person looks at them: the gravest first, and what they add up to as a table. Pure. */

import { precisionCell } from "./alarm-verdicts.mjs";
import { duration, money, severityRank, wordsOf } from "./format.mjs";

const OF_FAULT = "fault_";

/** An alarm's name as a person reads it: by the fault or the channel of its type, else its words. */
export function alarmTitle(name, type) {
  if (name.startsWith(OF_FAULT)) {
    const fault = name.slice(OF_FAULT.length);
    return type?.byFault?.[fault]?.label ?? wordsOf(fault);
  }
  const [, channel, side] = /^(.+)_(high|low)$/.exec(name) ?? [];
  const title = channel && type?.byChannel?.[channel]?.title;
  return title ? `${title} ${side}` : wordsOf(name);
}

/** The same where the machine's type is not told: by the first type that knows its fault or channel. */
export function alarmTitleOfAny(name, types) {
  const plain = alarmTitle(name);
  const titles = types.map((type) => alarmTitle(name, type));
  return titles.find((title) => title !== plain) ?? plain;
}

/** An alarm as a person calls it: by the finding it tells of, which may be graver than its own. */
export function titleOf({ cause, name }, type) {
  return alarmTitle(cause || name, type);
}

/** The gravest first, of these what costs most an hour, then what has stood longest. */
export function byGravity(alarms) {
  return [...alarms].sort(
    (a, b) =>
      severityRank(b.severity) - severityRank(a.severity) ||
      (b.cost_per_hour ?? 0) - (a.cost_per_hour ?? 0) ||
      a.raised_ms - b.raised_ms ||
      a.id - b.id,
  );
}

/** Whether an open alarm asks for nobody now. */
export function isShelved(
  { cleared_ms: clearedMs, shelved_until_ms: untilMs },
  nowMs,
) {
  return !clearedMs && untilMs > nowMs;
}

/** Whether the maintenance of its machine keeps an alarm from asking for anybody. */
export function isSuppressed({
  cleared_ms: clearedMs,
  suppressed_ms: sinceMs,
}) {
  return !clearedMs && Number.isFinite(sinceMs);
}

/** Alarms with what REST alone tells: what they cost now, and what people say of them. */
export function withTold(alarms, told) {
  const known = new Map(told.map((alarm) => [alarm.id, alarm]));
  return alarms.map((alarm) => {
    const {
      cost_per_hour = null,
      cost_unit = null,
      verdict = null,
    } = known.get(alarm.id) ?? {};
    return { ...alarm, cost_per_hour, cost_unit, verdict };
  });
}

/** What it is known to cost an hour, as money; nothing where nobody knows. */
export function costText({ cost_per_hour: cost, cost_unit: unit }) {
  return cost ? money(cost, unit.replace("/h", "")) : "";
}

/** What else was found of the same cause, each with when that began and whether it is over. */
export function evidenceLines({ evidence = [] }, at) {
  return evidence.map((each) => ({
    key: `${each.name}/${each.time_ms}`,
    severity: each.severity,
    text: each.text,
    when: each.over_ms
      ? `${at(each.time_ms)}, over since ${at(each.over_ms)}`
      : `since ${at(each.time_ms)}`,
  }));
}

function mean({ value_ms: valueMs, of, reason }) {
  return valueMs === null
    ? { text: "–", hint: reason }
    : { text: duration(valueMs), hint: `of ${of}` };
}

function standing({ open, oldest_open_ms: oldestMs }) {
  return open ? `${open}, for up to ${duration(oldestMs)}` : "none";
}

/** One line of the table: `times` are shown where alarms came back. */
export function statisticsLine(sums) {
  return {
    key: `${sums.device}/${sums.name}`,
    title: sums.device ?? sums.name ?? "All",
    device: sums.device,
    name: sums.name,
    count:
      sums.times > sums.count
        ? `${sums.count} (${sums.times} times)`
        : `${sums.count}`,
    hint: sums.suppressed ? `${sums.suppressed} of them in maintenance` : "",
    open: standing(sums),
    lasted: sums.count > sums.open ? duration(sums.duration_ms) : "–",
    mtta: mean(sums.mtta),
    mttr: mean(sums.mttr),
    precision: precisionCell(sums),
  };
}
