/** Who is told of alarms, in words: routes as sentences, targets with what fails and waits. Pure. */

import { clock, wordsOf } from "./format.mjs";

const LEAST = "Low";

/** Names that people gave: no language has them. */
function said(names) {
  return { said: names.join(", ") };
}

function times({ from, to }) {
  return [from.slice(0, 5), to.slice(0, 5)];
}

function whom({ tell, severity = LEAST }) {
  return severity === LEAST
    ? ["Tells {0} of every alarm.", said(tell)]
    : ["Tells {0} of alarms from {1} up.", said(tell), severity];
}

function which({ places, groups, machines }) {
  return [
    places?.length && ["Only those in {0}.", said(places)],
    groups?.length && ["Only those of the group {0}.", said(groups)],
    machines?.length && ["Only those of {0}.", said(machines)],
  ];
}

function when({ weekdays, hours }) {
  return [
    weekdays?.length && ["Only on {0}.", weekdays.map(wordsOf).join(", ")],
    hours && ["Only between {0} and {1}.", ...times(hours)],
  ];
}

function later({ quiet, digest_min: digest, at_once: atOnce }) {
  const [begins, ends] = quiet ? times(quiet) : [];
  const waits = [
    digest > 0 && ["What comes within {0} min is one message.", digest],
    quiet && ["What comes from {0} to {1} is told at {2}.", begins, ends, ends],
  ].filter(Boolean);
  if (waits.length && atOnce)
    waits.push(
      atOnce === "Critical"
        ? ["Critical waits for nothing."]
        : ["From {0} up nothing waits.", atOnce],
    );
  return waits;
}

function others({ escalate_after_min: after, escalate_to: to, acknowledged }) {
  return [
    acknowledged && ["Acknowledgements are told too."],
    after && ["Not acknowledged after {0} min: {1} as well.", after, said(to)],
  ];
}

/** A route of people.toml as sentences, each a text and what it is filled with, for `tr`. */
export function routeSentences(route) {
  return [
    whom(route),
    ...which(route),
    ...when(route),
    ...later(route),
    ...others(route),
  ].filter(Boolean);
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
