/** What every machine does now, by what its time counts as, and how much of it was used. Pure. */

import { stateOf } from "./card-view.mjs";
import { silenceOf, isSilent, summary } from "./fleet-rows.mjs";
import { clock, number } from "./format.mjs";
import { titled } from "./lanes.mjs";

// What wants a person comes first.
const GROUPS = [
  { name: "down", title: "Out of order" },
  { name: "silent", title: "Not heard" },
  { name: "planned_down", title: "In maintenance" },
  { name: "producing", title: "Running" },
  { name: "setup", title: "Setting up" },
  { name: "standby", title: "Waiting" },
  { name: "other", title: "Tells no state" },
  { name: "imported", title: "Imported" },
];

const NOT_TELLING = ["other", "imported"];

/** What a machine's time counts as now: a time element of ISO 22400, "silent", "other" or "imported". */
export function groupOf(device, type) {
  if (device.importedMs && !device.over) return "imported";
  if (isSilent(device) || device.status !== "online" || !device.fresh)
    return "silent";
  if (device.maintenance) return "planned_down";
  const value = type?.states?.[0]?.values.find(
    ({ name }) => name === device.state,
  );
  return value?.time_element ?? "other";
}

/** The machines by what they do, the groups that have any. */
export function grouped(devices, typeOf) {
  const found = new Map(GROUPS.map((group) => [group.name, []]));
  for (const device of devices)
    found.get(groupOf(device, typeOf(device.asset, device.id)))?.push(device);
  return GROUPS.map((group) => ({
    ...group,
    devices: found.get(group.name),
  })).filter(({ devices: its }) => its.length);
}

/** The word for what it does: its own, or why nobody knows. */
export function doesText(device, type, nowMs) {
  const group = groupOf(device, type);
  if (group === "imported")
    return `newest reading of ${clock(device.importedMs, nowMs)}`;
  if (group === "silent") return silenceOf(device) || "Unknown";
  const state = stateOf(device, type);
  return state?.text ?? (device.state ? titled(device.state) : "Measures");
}

/** The figures with this role, of all these types: their names, each once. */
export function namesOfRole(types, role) {
  const kpis = types.flatMap((type) => type?.kpis ?? []);
  return [
    ...new Set(kpis.filter((kpi) => kpi.role === role).map(({ name }) => name)),
  ];
}

/** One figure (or its coverage) of the only bucket of a `group=device` answer, by machine; without unknown ones. */
export function byDevice(answer, names, what = "value") {
  const found = {};
  for (const { name: device, kpis } of answer.groups)
    for (const name of names) {
      const value = kpis[name]?.[what]?.[0];
      if (Number.isFinite(value)) found[device] = value;
    }
  return found;
}

/** The mean of machines of which it is known; null where it is known of none. */
export function meanOf(devices, values) {
  const known = devices.map(({ id }) => values[id]).filter(Number.isFinite);
  if (!known.length) return null;
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Whether it is known what a machine does, or would be if it were heard. */
function tellsState(device, type) {
  const group = groupOf(device, type);
  return Boolean(type?.states?.length) && !NOT_TELLING.includes(group);
}

/** The header: active machines, of how many that tell what they do, how much they were used, open alarms. */
export function headline(devices, typeOf, used) {
  const typed = devices.map((device) => [
    device,
    typeOf(device.asset, device.id),
  ]);
  const active = typed.filter((each) => groupOf(...each) === "producing");
  const mean = meanOf(devices, used);
  const { alarms } = summary(devices);
  return {
    active: active.length,
    telling: typed.filter((each) => tellsState(...each)).length,
    mean: mean === null ? "–" : `${number(mean, 0)} %`,
    of: devices.filter(({ id }) => Number.isFinite(used[id])).length,
    alarms,
  };
}
