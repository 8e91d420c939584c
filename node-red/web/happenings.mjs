/** A machine's events as its page lists them: fields in words, and how many there were an hour. Pure. */

import { brief, unitText } from "./format.mjs";
import { titled } from "./lanes.mjs";
import { nextRound } from "./site-time.mjs";

const HOUR_MS = 3_600_000;

/** The events that a type knows and those that were told besides, each once: {value, text}. */
export function kindsOf(type, seen = {}) {
  const known = (type?.events ?? []).map(({ name, title }) => [name, title]);
  const told = Object.keys(seen).map((name) => [name, ""]);
  const kinds = new Map([...told, ...known]);
  return [...kinds].map(([value, title]) => ({
    value,
    text: title || titled(value),
  }));
}

function fieldText(name, value, unit) {
  const text = typeof value === "number" ? brief(value) : value;
  return [titled(name), text, unitText(unit)]
    .filter((part) => part !== "")
    .join(" ");
}

/** One event as a line: its title, its fields with their units, and those that do not count. */
export function lineOf(happening, type) {
  const event = type?.events?.find(({ name }) => name === happening.event);
  const fields = event?.fields ?? [];
  const units = Object.fromEntries(
    fields.map(({ name, unit }) => [name, unit]),
  );
  return {
    id: happening.id,
    timeMs: happening.time_ms,
    title: event?.title || titled(happening.event),
    fields: Object.entries(happening.values).map(([name, value]) => ({
      name,
      text: fieldText(name, value, units[name]),
    })),
    aside: Object.entries(happening.aside ?? {}).map(
      ([name, { detail, reason }]) => `${name} set aside: ${detail || reason}`,
    ),
  };
}

/** Older events behind newer ones, each once. */
export function together(newer, older) {
  const known = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !known.has(id))];
}

/** The hours of the site's clock up to now, oldest first, each with the events in it. */
export function hoursOf(events, nowMs, count = 24) {
  const end = nextRound(nowMs, HOUR_MS);
  const hours = Array.from({ length: count }, (_, at) => ({
    start: end - (count - at) * HOUR_MS,
    count: 0,
  }));
  for (const { time_ms: time } of events) {
    const hour = hours[Math.floor((time - hours[0].start) / HOUR_MS)];
    if (hour) hour.count += 1;
  }
  const most = Math.max(1, ...hours.map((hour) => hour.count));
  return hours.map((hour) => ({ ...hour, height: (hour.count / most) * 100 }));
}
