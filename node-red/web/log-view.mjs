/** The log of a machine as its page shows it: lines, and marks on an axis of time. Pure. */

import { clock } from "./format.mjs";
import { momentOf, wallAt } from "./site-time.mjs";

/** What an entry says: that a service was done, by its title, and the words. */
export function textOf({ event, text }, services = []) {
  if (!event) return text;
  const service = services.find(({ reset_by: by }) => by === event);
  const done = `Done: ${service?.title ?? event}`;
  return text ? `${done}. ${text}` : done;
}

/** One line an entry: when, what, who, and whether it is of the whole site. */
export function logLines(entries, services, nowMs) {
  return entries.map((entry) => ({
    id: entry.id,
    entry,
    isOfSite: entry.device === null,
    when: entry.until_ms
      ? `${clock(entry.time_ms, nowMs)} to ${clock(entry.until_ms, nowMs)}`
      : clock(entry.time_ms, nowMs),
    text: textOf(entry, services),
    who: entry.device === null ? `${entry.changed_by}, site` : entry.changed_by,
  }));
}

/** Where the entries lie between two times, in percent; what lies outside has no mark. */
export function marksOf(entries, { fromMs, toMs }) {
  const share = (ms) =>
    (100 * (Math.min(Math.max(ms, fromMs), toMs) - fromMs)) / (toMs - fromMs);
  return entries
    .filter(
      ({ time_ms: ms, until_ms: untilMs }) =>
        ms <= toMs && (untilMs ?? ms) >= fromMs,
    )
    .map((entry) => {
      const left = share(entry.time_ms);
      const width = share(entry.until_ms ?? entry.time_ms) - left;
      return { entry, id: entry.id, left, width };
    });
}

/** The moment that a form's date and time mean at the site; undefined where it is empty: now. */
export function momentIn(text) {
  if (!text) return undefined;
  const wall = Date.parse(`${text}Z`);
  if (!Number.isFinite(wall))
    throw new Error("The time must be a date and time.");
  return momentOf(wall);
}

/** What a form for date and time shows of a moment, by the site's clock; empty where there is none. */
export function fieldOf(ms) {
  return Number.isFinite(ms)
    ? new Date(wallAt(ms)).toISOString().slice(0, 19)
    : "";
}

/** The moment of a form's field that showed `ms`: one that nobody has typed over is exactly that. */
export function typedOver(text, ms) {
  return text === fieldOf(ms) ? ms : momentIn(text);
}

/** The places of the bars, each from a start to an end, in which something was noted; each once. */
export function placesOf(entries, starts, ends) {
  const places = entries.map(({ time_ms: ms }) =>
    starts.findIndex((start, at) => start <= ms && ms < ends[at]),
  );
  return [...new Set(places)].filter((place) => place >= 0);
}
