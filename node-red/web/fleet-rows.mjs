/** The fleet snapshot's rows as named fields, and the order and filters of the fleet page. Pure. */

import { severityRank } from "./format.mjs";

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
];

/** One row of the snapshot as an object. */
export function decodeRow(row) {
  const device = Object.fromEntries(
    FIELDS.map((field, place) => [field, row[place]]),
  );
  device.fresh = device.fresh === 1;
  device.stale = device.stale === 1;
  return device;
}

/** Whether a device is heard, in one word with the colour of its dot. */
export function reachOf(device) {
  if (device?.status === "offline")
    return { text: "Offline", severity: "sev-quiet" };
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

/** How bad a device is by its present diagnosis; one that is stale, or not heard, has none. */
function judgedRank(device) {
  return device.stale || !isHeard(device) ? 0 : severityRank(device.severity);
}

/** How much a device wants a person: faults first, then alarms, then silence. */
export function trouble(device) {
  const silent = device.status === "online" && device.fresh ? 0 : 1;
  return (
    judgedRank(device) * 100 + Math.min(device.alarms, 9) * 10 + silent * 5
  );
}

function healthOf(device) {
  return device.health ?? Infinity;
}

const byName = (a, b) => a.id.localeCompare(b.id, "en", { numeric: true });
const ORDERS = {
  trouble: (a, b) => trouble(b) - trouble(a) || byName(a, b),
  name: byName,
  health: (a, b) => healthOf(a) - healthOf(b) || byName(a, b),
  type: (a, b) => a.asset.localeCompare(b.asset) || byName(a, b),
};

const FILTERS = {
  all: () => true,
  trouble: (device) => judgedRank(device) > 0 || device.alarms > 0,
  silent: (device) => device.status !== "online" || !device.fresh,
};

/** The devices that match what was typed and chosen, in the chosen order. */
export function select(
  devices,
  { text = "", type = "", show = "all", order = "trouble" },
) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return devices
    .filter((device) => !type || device.asset === type)
    .filter(FILTERS[show] ?? FILTERS.all)
    .filter((device) => {
      const hay =
        `${device.id} ${device.location} ${device.asset} ${device.label}`.toLowerCase();
      return words.every((word) => hay.includes(word));
    })
    .sort(ORDERS[order] ?? ORDERS.trouble);
}

/** The counts above the cards. */
export function summary(devices) {
  const count = (test) => devices.filter(test).length;
  return {
    devices: devices.length,
    online: count((device) => device.status === "online" && device.fresh),
    trouble: count(FILTERS.trouble),
    alarms: devices.reduce((sum, device) => sum + device.alarms, 0),
  };
}
