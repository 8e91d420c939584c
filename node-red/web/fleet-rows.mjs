/** The fleet snapshot's rows as named fields, and the order and filters of the fleet page. Pure. */

import { isMeant } from "./filter.mjs";
import { SEVERITIES, severityClass, severityRank } from "./format.mjs";
import { stageText } from "./lives.mjs";

const FIELDS = [
  "id",
  "asset",
  "location",
  "status",
  "fresh",
  "fault",
  "label",
  "severity",
  "confidence",
  "stale",
  "alarms",
  "lastAlarm",
  "seenMs",
  "headline",
  "worst",
  "aside",
  "unjudged",
  "periodMs",
  "state",
  "plain",
  "described", // another whenever what a machine says of itself is
];

function alarmOf(values, names) {
  return values
    ? Object.fromEntries(names.map((name, at) => [name, values[at]]))
    : null;
}

/** One row of the snapshot as an object. */
export function decodeRow(row) {
  const device = Object.fromEntries(
    FIELDS.map((field, place) => [field, row[place]]),
  );
  device.fresh = device.fresh === 1;
  device.stale = device.stale === 1;
  device.unjudged = device.unjudged === 1;
  device.state ??= "";
  device.plain ??= [];
  const more = row[FIELDS.length] ?? {}; // what few machines have
  device.why = more.why ?? "";
  device.sinceMs = more.since ?? null;
  device.name = more.name ?? "";
  device.group = more.group ?? "";
  device.photo = more.photo ?? null; // the revision of its photo
  device.importedMs = more.imported ?? null; // the newest reading of one that has sent nothing itself
  device.stopped = more.stopped === 1;
  device.maintenance = more.maintenance ?? null;
  device.topAlarm = alarmOf(more.top, ["name", "raisedMs"]);
  device.newAlarm = alarmOf(more.newest, ["id", "name", "rank"]);
  return device;
}

/** Of a machine that is retired, or replaced, that is said, and whether it is still heard. */
function overOf({ over, isSending }) {
  return isSending
    ? { text: `${stageText(over)}, still sends`, severity: "sev-medium" }
    : { text: stageText(over), severity: "sev-quiet" };
}

/** Whether a device is heard, in one word with the colour of its dot. */
export function reachOf(device) {
  if (device?.over) return overOf(device);
  if (device?.importedMs) return { text: "Imported", severity: "sev-quiet" };
  if (device?.status === "offline")
    return { text: "Offline", severity: "sev-medium" };
  if (device?.status !== "online")
    return { text: "Unknown", severity: "sev-quiet" };
  if (!device.fresh) return { text: "Silent", severity: "sev-medium" };
  return { text: "Online", severity: "sev-none" };
}

function isHeard(device) {
  return device.fresh && device.status !== "offline";
}

/** When a device that is not heard now sent its newest reading; null for one that is, or never was. */
export function lastSeenMs(device) {
  return device && !isHeard(device) ? device.seenMs : null;
}

/** Whether a device that has reported before is not heard now. */
export function isSilent(device) {
  return lastSeenMs(device) !== null;
}

/** "Silent" or "Offline" of a device that is not heard now; one that is over is neither. */
export function silenceOf(device) {
  if (device.over) return "";
  return device.status === "offline" ? "Offline" : "Silent";
}

/** How bad a device is by its present diagnosis; one that is stale, or not heard, has none. */
export function judgedRank(device) {
  if (device.stale || device.unjudged || !isHeard(device)) return 0;
  return severityRank(device.severity);
}

// Nobody knows how a silent machine does: it stands behind the grave faults, before all others.
const SILENT_RANK = 2.5;
const ASIDE_RANK = 1;
const UNHEARD_RANK = 0.5;

/** Whether nobody is to be called to it: it is in maintenance, and stands apart from the others. */
export function isApart(device) {
  return Boolean(device.maintenance);
}

/** The worst of fault, alarm and silence, in ranks of severity. */
export function worstRank(device) {
  if (isApart(device)) return 0;
  return Math.max(
    judgedRank(device),
    device.worst ?? 0,
    isSilent(device) ? SILENT_RANK : 0,
    device.aside ? ASIDE_RANK : 0,
    isHeard(device) || device.importedMs ? 0 : UNHEARD_RANK,
  );
}

/** What wants a person most comes first: alarms and silence, what is silent longest, then faults. */
function compareTrouble(a, b) {
  return (
    isApart(a) - isApart(b) ||
    alarmRank(b) - alarmRank(a) ||
    heardUntil(a) - heardUntil(b) ||
    worstRank(b) - worstRank(a) ||
    Math.min(b.alarms, 9) - Math.min(a.alarms, 9) ||
    byName(a, b)
  );
}

/** The worst open alarm, and silence, in ranks of severity. */
function alarmRank(device) {
  return Math.max(device.worst ?? 0, isSilent(device) ? SILENT_RANK : 0);
}

/** When a silent device was heard last; one that is heard comes after all of them. */
function heardUntil(device) {
  return lastSeenMs(device) ?? Infinity;
}

/** The CSS class that colours a device by the worst there is. */
export function attentionClass(device) {
  return severityClass(SEVERITIES[Math.floor(worstRank(device))]);
}

function healthOf(device) {
  return device.health ?? Infinity;
}

/** What people call a machine: the name that they gave it, else its id. */
export function calledOf({ name, id }) {
  return name || id;
}

/** {id, called} of machines, with their ids where several are called the same. */
export function namesApart(machines) {
  const count = {};
  for (const { called } of machines) count[called] = (count[called] ?? 0) + 1;
  return machines.map(({ id, called }) => ({
    id,
    called: count[called] > 1 ? `${called} (${id})` : called,
  }));
}

const asText = (a, b) => a.localeCompare(b, "en", { numeric: true });
const byName = (a, b) => asText(calledOf(a), calledOf(b)) || asText(a.id, b.id);
const ORDERS = {
  trouble: compareTrouble,
  name: byName,
  health: (a, b) => healthOf(a) - healthOf(b) || byName(a, b),
  type: (a, b) => a.asset.localeCompare(b.asset) || byName(a, b),
};

/** Heard, and not well; how a silent one does nobody knows: it is counted as silent. */
export function isTroubled(device) {
  if (isSilent(device) || isApart(device)) return false;
  return judgedRank(device) > 0 || device.alarms > 0 || device.aside > 0;
}

const FILTERS = {
  all: () => true,
  trouble: isTroubled,
  silent: (device) =>
    (device.status !== "online" || !device.fresh) &&
    !isApart(device) &&
    !device.importedMs, // nobody waits for a word of it
};

/** The devices that a filter means and that do what `show` says, in the chosen order. */
export function select(
  devices,
  { show = "all", order = "trouble", ...filter },
) {
  return devices
    .filter((device) => isMeant(device, filter))
    .filter(FILTERS[show] ?? FILTERS.all)
    .sort(ORDERS[order] ?? ORDERS.trouble);
}

const GENERIC = "generic"; // the catalogue has none of that name

/** What people call a type; of a machine of none its channels are what it sends. */
export function typeTitle(name, types) {
  return types[name]?.title ?? (name === GENERIC ? "Machine of no type" : name);
}

/** The types that machines are of, each with its title, in their order. */
export function typesOf(devices, types) {
  const names = [...new Set(devices.map(({ asset }) => asset))].filter(Boolean);
  return names
    .map((name) => ({ name, title: typeTitle(name, types) }))
    .sort((a, b) => a.title.localeCompare(b.title, "en", { numeric: true }));
}

/** The counts above the cards. */
export function summary(devices) {
  const count = (test) => devices.filter(test).length;
  return {
    devices: devices.length,
    online: count((device) => device.status === "online" && device.fresh),
    trouble: count(isTroubled),
    alarms: devices.reduce((sum, device) => sum + device.alarms, 0),
  };
}
