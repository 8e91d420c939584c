/** What is said of how a machine does, where its diagnosis is not all there is to say. Pure. */

import { alarmTitle, byGravity, titleOf } from "./alarm-view.mjs";
import { isSilent, judgedRank, silenceOf } from "./fleet-rows.mjs";
import { ago, clock, percent, SEVERITIES, severityClass } from "./format.mjs";

function ofSilence(device, nowMs) {
  return {
    text: `${silenceOf(device)} since ${clock(device.seenMs, nowMs)}`,
    severity: "sev-medium",
    note: ago(device.seenMs, nowMs),
  };
}

function ofImport({ importedMs }, nowMs) {
  return {
    text: "Not judged",
    severity: "sev-quiet",
    note: `newest reading of ${clock(importedMs, nowMs)}`,
  };
}

function ofAlarm({ worst, topAlarm }, type, nowMs) {
  return {
    text: alarmTitle(topAlarm.name, type),
    severity: severityClass(SEVERITIES[worst]),
    note: ago(topAlarm.raisedMs, nowMs),
  };
}

function ofDiagnosis(device) {
  const { label, severity, stale, unjudged, stopped, fault } = device;
  const isOnlyUnjudged = unjudged && fault !== "not_judged";
  const judged = isOnlyUnjudged ? "Not judged" : label || "Not judged yet";
  const isPresent = label && !stale && !unjudged;
  return {
    text: stopped ? "Stopped" : judged,
    severity: isPresent ? severityClass(severity) : "sev-quiet",
    note: noteOf(device),
  };
}

function noteOf({ unjudged, stale, confidence }) {
  if (unjudged) return "";
  if (stale) return "stale";
  return confidence === null ? "" : percent(confidence);
}

/** A card's one line, {text, severity, note}: silence, an alarm graver than the diagnosis, or this. */
export function verdictOf(device, type, nowMs) {
  if (isSilent(device)) return ofSilence(device, nowMs);
  if (device.importedMs) return ofImport(device, nowMs);
  const isGraver = device.topAlarm && device.worst > judgedRank(device);
  return isGraver ? ofAlarm(device, type, nowMs) : ofDiagnosis(device);
}

/** What is to be done all the same where a diagnosis finds nothing: a sentence; nothing where it does. */
export function alarmNotice(diagnosis, alarms, type) {
  if (diagnosis?.severity !== "None" || !alarms.length) return "";
  const title = titleOf(byGravity(alarms)[0], type);
  return alarms.length === 1
    ? `An alarm is open: ${title}. See there what to do.`
    : `${alarms.length} alarms are open, the gravest: ${title}. See there what to do.`;
}
