/** Which alarms this browser is to tell by a notification or a sound, and each once. Pure. */

import { titleOf } from "./alarm-view.mjs";
import { severityRank } from "./format.mjs";

export const OFF = { notify: false, sound: false, least: "High" };
const MOST_KNOWN = 1000;
const MOST_NAMED = 3;

/**
 * An alarm and not only its id: a journal that was lost counts from 1 again. One that gets graver is
 * told anew.
 */
function keyOf({ id, raised_ms: raisedMs, severity }) {
  return `${id}@${raisedMs} ${severity}`;
}

/** Whether an alarm asks for somebody: not on the shelf, not suppressed, seen by nobody. */
function asks(alarm, nowMs) {
  return (
    !alarm.cleared_ms &&
    !alarm.acknowledged_ms &&
    !alarm.suppressed_ms &&
    !alarm.part_of &&
    !(alarm.shelved_until_ms > nowMs)
  );
}

function newestOf(keys) {
  return [...new Set(keys)].slice(-MOST_KNOWN);
}

/** The open alarms as known, so that only what comes from now on is told. */
export function allKnown(alarms) {
  return newestOf(alarms.map(keyOf));
}

/**
 * {came, known}: what is to be told of the open alarms, and what is known after that. What asks for
 * nobody now does not become known: it is told when it comes off the shelf.
 */
export function lookAt(alarms, { known, least, nowMs }) {
  const told = new Set(known);
  const came = alarms.filter(
    (alarm) =>
      asks(alarm, nowMs) &&
      severityRank(alarm.severity) >= severityRank(least) &&
      !told.has(keyOf(alarm)),
  );
  return { came, known: newestOf([...known, ...came.map(keyOf)]) };
}

/**
 * {title, body, tag} of a notification; of several alarms one. There must be at least one. `calledAs`
 * tells what people call a device.
 */
export function notificationOf(
  came,
  typeOfDevice = () => undefined,
  calledAs = (device) => device,
) {
  const sorted = [...came].sort(
    (a, b) => severityRank(b.severity) - severityRank(a.severity),
  );
  const lines = sorted
    .slice(0, MOST_NAMED)
    .map(
      (alarm) =>
        `${alarm.severity}: ${titleOf(alarm, typeOfDevice(alarm.device))}, ${calledAs(alarm.device)}`,
    );
  const left = came.length - MOST_NAMED;
  if (left > 0) lines.push(`and ${left} more`);
  const [first] = sorted;
  const title =
    came.length === 1
      ? `Alarm of ${calledAs(first.device)}`
      : `${came.length} alarms`;
  return { title, body: lines.join("\n"), tag: keyOf(first) };
}

/** What the switch says of this browser: what it still needs, or what it cannot do. */
export function needsText({ notify, sound }, { permission, isSecure, audio }) {
  const said = [];
  if (notify && !isSecure)
    said.push(
      "This browser shows notifications only for pages of https, or of its own computer.",
    );
  else if (notify && permission === "denied")
    said.push(
      "Notifications of this page are blocked: allow them in the browser's settings for it.",
    );
  else if (notify && permission !== "granted")
    said.push("The browser asks for permission: allow it.");
  if (sound && audio !== "running")
    said.push("The browser lets a page sound only after a click into it.");
  if (notify || sound) said.push("Only while this page is open.");
  return said.join(" ");
}
