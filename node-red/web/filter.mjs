/** The one filter of all pages: which machines are meant, as it stands in the address. Pure. */

import { changed } from "./address.mjs";

const KEYS = { q: "text", type: "type", place: "place", group: "group" };

function text(value) {
  return typeof value === "string" ? value : "";
}

/** {text, type, place, group} of an address; empty: all. */
export function filterOf(query) {
  return Object.fromEntries(
    Object.entries(KEYS).map(([key, name]) => [name, text(query[key])]),
  );
}

/** What of an address goes along to another page. */
export function keptOf(query) {
  return Object.fromEntries(
    Object.keys(KEYS)
      .filter((key) => text(query[key]))
      .map((key) => [key, query[key]]),
  );
}

/** The address without a filter. */
export function unfiltered(query) {
  return changed(
    query,
    Object.fromEntries(Object.keys(KEYS).map((key) => [key, ""])),
  );
}

export function isFiltered(filter) {
  return Object.values(filter).some(Boolean);
}

/** Where a link to a machine leads: the filter goes along, and the stretch of time that is shown. */
export function toMachine(device, query) {
  const { from, to } = query;
  const kept = { ...keptOf(query), device };
  return {
    name: "Page:Machine",
    query: from && to ? { ...kept, from, to } : kept,
  };
}

function hasWords(hay, words) {
  const lower = hay.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => lower.includes(word));
}

function hayOf({ id, name, location, group, asset, label, state }) {
  return [id, name, location, group, asset, label, state].join(" ");
}

function isOfKind(device, { type, place, group }) {
  return (
    (!type || device.asset === type) &&
    (!place || device.location === place) &&
    (!group || device.group === group)
  );
}

/** Whether a machine is meant; `said` is what else is looked for words in. */
export function isMeant(device, filter, said = "") {
  return (
    isOfKind(device, filter) &&
    hasWords(`${hayOf(device)} ${said}`, filter.text ?? "")
  );
}

/** A test of alarms: of machines that are meant, or that have the words in themselves. */
export function alarmTest(devices, filter) {
  const byId = new Map(devices.map((device) => [device.id, device]));
  return ({ device, name, text: said }) =>
    isMeant(byId.get(device) ?? { id: device }, filter, `${name} ${said}`);
}

function namesOf(devices, field) {
  const names = new Set(devices.map((device) => device[field]).filter(Boolean));
  return [...names].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/** The places and groups that machines are of. */
export function placesAndGroups(devices) {
  return {
    places: namesOf(devices, "location"),
    groups: namesOf(devices, "group"),
  };
}
