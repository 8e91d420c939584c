/** How the plant does, as the header says it: counts, the worst there is, and who is meant. Pure. */

import { alarmTitle } from "./alarm-view.mjs";
import {
  attentionClass,
  calledOf,
  isApart,
  isSilent,
  isTroubled,
  lastSeenMs,
  select,
  silenceOf,
} from "./fleet-rows.mjs";
import { ago, severityClass, severityRank, SEVERITIES } from "./format.mjs";
import { inMaintenance } from "./maintenance.mjs";

const GROUPS = [
  { title: "In trouble", said: "in trouble", has: isTroubled },
  {
    title: "Silent",
    said: "silent",
    has: (device) => isMissed(device) && device.status !== "offline",
  },
  {
    title: "Offline",
    said: "offline",
    has: (device) => isMissed(device) && device.status === "offline",
  },
];
// Nobody is called to these: they are in the list, and in no count.
const MAINTAINED = {
  title: "In maintenance",
  said: "",
  isApart: true,
  has: isApart,
};

function isMissed(device) {
  return isSilent(device) && !isApart(device);
}

/** What is worst about a machine, as {text, sinceMs, severity}: its alarm, silence, or fault. */
function worstOf(device, types, nowMs) {
  const { topAlarm } = device;
  if (isApart(device))
    return {
      text: inMaintenance(device.maintenance, nowMs),
      sinceMs: null,
      severity: "sev-quiet",
    };
  const severity = attentionClass(device);
  const gone = isSilent(device)
    ? { text: silenceOf(device), sinceMs: lastSeenMs(device), severity }
    : null;
  const isAboutSilence = ["silent", "offline"].includes(topAlarm?.name);
  if (gone && (!topAlarm || isAboutSilence)) return gone;
  if (topAlarm)
    return {
      text: alarmTitle(topAlarm.name, types[device.asset]),
      sinceMs: topAlarm.raisedMs,
      severity: severityClass(SEVERITIES[device.worst]),
    };
  return { text: faultOf(device), sinceMs: null, severity };
}

function faultOf({ label, severity, aside, alarms }) {
  if (severityRank(severity) > 0) return label;
  if (aside) return aside === 1 ? "A channel set aside" : "Channels set aside";
  return alarms ? "Alarms on the shelf" : "";
}

function lineOf(device, { types, nowMs }) {
  const { text, sinceMs, severity } = worstOf(device, types, nowMs);
  const since = sinceMs === null ? "" : ago(sinceMs, nowMs);
  return { device: device.id, called: calledOf(device), text, since, severity };
}

function counted(groups) {
  return groups.map(({ lines, said }) => `${lines.length} ${said}`).join(", ");
}

function whenWell(devices) {
  const count = devices.length;
  if (!count) return "No machine yet";
  return count === 1
    ? "1 machine, no trouble"
    : `${count} machines, no trouble`;
}

/**
 * {text, severity, worst, groups}: `worst` is the line of the machine that wants a person most, or
 * null; each group has a title and a line {device, called, text, since, severity, place} of each of its
 * machines: 0 is the place of the worst of all.
 */
export function plantView({ devices, types = {}, nowMs }) {
  const ordered = select(devices, { order: "trouble" });
  const groupOf = ({ has, ...words }) => ({
    ...words,
    lines: ordered.flatMap((each, place) =>
      has(each) ? [{ ...lineOf(each, { types, nowMs }), place }] : [],
    ),
  });
  const isThere = ({ lines }) => lines.length > 0;
  const groups = GROUPS.map(groupOf).filter(isThere);
  const apart = [groupOf(MAINTAINED)].filter(isThere);
  if (!groups.length)
    return {
      text: whenWell(devices),
      severity: devices.length ? "sev-none" : "sev-quiet",
      worst: null,
      groups: apart,
    };
  const severity = isGrave(ordered[0]) ? "sev-high" : "sev-medium";
  return {
    text: counted(groups),
    severity,
    worst: lineOf(ordered[0], { types, nowMs }),
    groups: [...groups, ...apart],
  };
}

function isGrave(device) {
  return ["sev-high", "sev-critical"].includes(attentionClass(device));
}
