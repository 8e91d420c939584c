/** Who is told of alarms, in words: routes as sentences, targets with what fails and waits. Pure. */

import { clock, wordsOf } from "./format.mjs";

const LEAST = "Low";

function list(names) {
  return names.length < 2
    ? names.join("")
    : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function times({ from, to }) {
  return [from.slice(0, 5), to.slice(0, 5)];
}

function which({ severity = LEAST, places, groups, machines }) {
  return [
    severity === LEAST ? "every alarm" : `alarms from ${severity} up`,
    places?.length && `in ${list(places)}`,
    groups?.length && `of the group ${list(groups)}`,
    machines?.length && `of ${list(machines)}`,
  ];
}

function when({ weekdays, hours }) {
  const [begins, ends] = hours ? times(hours) : [];
  return [
    weekdays?.length && `on ${list(weekdays.map(wordsOf))}`,
    hours && `between ${begins} and ${ends}`,
  ];
}

function later({ quiet, digest_min: digest, at_once: atOnce }) {
  const [begins, ends] = quiet ? times(quiet) : [];
  const waits = [
    digest > 0 && `What comes within ${digest} min is one message.`,
    quiet && `What comes from ${begins} to ${ends} is told at ${ends}.`,
  ].filter(Boolean);
  if (waits.length && atOnce)
    waits.push(
      atOnce === "Critical"
        ? "Critical waits for nothing."
        : `From ${atOnce} up nothing waits.`,
    );
  return waits;
}

function others({ escalate_after_min: after, escalate_to: to, acknowledged }) {
  return [
    acknowledged && "Acknowledgements are told too.",
    after && `Not acknowledged after ${after} min: ${list(to)} as well.`,
  ];
}

/** A route of people.toml as sentences. */
export function routeText(route) {
  const first = [...which(route), ...when(route)].filter(Boolean).join(" ");
  const rest = [...later(route), ...others(route)].filter(Boolean);
  return [`Tells ${list(route.tell)} of ${first}.`, ...rest].join(" ");
}

function failureText(target, nowMs) {
  const { failure, failing_since_ms: since, last_failure: last } = target;
  if (failure)
    return `Nothing arrives${since ? ` since ${clock(since, nowMs)}` : ""}: ${failure}`;
  return last
    ? `Failed last ${clock(target.last_failed_ms, nowMs)}: ${last}`
    : "";
}

function waitingText({ waiting, due_ms: dueMs }, nowMs) {
  if (!waiting) return "";
  const next = dueMs > nowMs ? ` until ${clock(dueMs, nowMs)}` : "";
  return `${waiting} wait${waiting === 1 ? "s" : ""}${next}`;
}

/** A target as a line: its state in colour and word, and what there is to say of it. */
export function targetLine(target, nowMs) {
  const { failure, expired, told_ms: toldMs } = target;
  return {
    name: target.name,
    address: target.address,
    severity: failure ? "sev-high" : "sev-none",
    told: toldMs ? `told ${clock(toldMs, nowMs)}` : "told nothing so far",
    waiting: waitingText(target, nowMs),
    failure: failureText(target, nowMs),
    isFailing: Boolean(failure),
    expired: expired
      ? `${expired} could not be told in time, last ${clock(target.expired_ms, nowMs)}`
      : "",
  };
}
