/** Maintenance windows as a person reads and makes them. Pure; times are the site's. */

import { clock } from "./format.mjs";
import { dateText, isSameDay, minuteText, momentOf } from "./site-time.mjs";

export const WEEKDAYS = [
  ["mon", "Mon"],
  ["tue", "Tue"],
  ["wed", "Wed"],
  ["thu", "Thu"],
  ["fri", "Fri"],
  ["sat", "Sat"],
  ["sun", "Sun"],
];

/** "In maintenance until 14:00", of a machine's state; empty where it is not. */
export function inMaintenance(maintenance, nowMs) {
  if (!maintenance) return "";
  const { until_ms: untilMs, why } = maintenance;
  if (why?.startsWith("commissioning")) return "Commissioning";
  return untilMs
    ? `In maintenance until ${isSameDay(untilMs, nowMs) ? minuteText(untilMs) : clock(untilMs, nowMs)}`
    : "In maintenance";
}

function whose({ device, group, place }, calledAs) {
  if (device) return calledAs(device);
  if (group) return `group ${group}`;
  return place ? `place ${place}` : "whole site";
}

/** Between which days one comes that is weekly: nothing of a beginning that is over. */
function betweenDays({ from_ms: fromMs, to_ms: toMs }, nowMs) {
  const from = fromMs > nowMs ? `, from ${dateText(fromMs)}` : "";
  return toMs ? `${from}, until ${dateText(toMs)}` : from;
}

function when(window, nowMs) {
  const at = (ms) => clock(ms, nowMs);
  if (window.weekly) {
    const days = WEEKDAYS.filter(([name]) =>
      window.weekly.weekdays.includes(name),
    ).map(([, text]) => text);
    const times = `${window.weekly.from} to ${window.weekly.to}`;
    return `every ${days.join(", ")}, ${times}${betweenDays(window, nowMs)}`;
  }
  return window.to_ms
    ? `${at(window.from_ms)} to ${at(window.to_ms)}`
    : `from ${at(window.from_ms)} until it is removed`;
}

/** One line of the list; `calledAs` tells what people call a device. */
export function windowLine(window, nowMs, calledAs = (device) => device) {
  return {
    id: window.id,
    when: when(window, nowMs),
    whose: whose(window, calledAs),
    said: [window.note, `by ${window.by}`].filter(Boolean).join(", "),
    stands: window.stands,
  };
}

/** The moment that a field for date and time shows, by the site's clock; undefined: it is empty. */
export function siteMoment(text) {
  const wall = Date.parse(`${text}Z`);
  return Number.isFinite(wall) ? momentOf(wall) : undefined;
}

/** What the form sends; `scope` is `device`, or what the registry says of the machine. */
export function windowBody(form, { device, said, by }) {
  const of = { device, group: said?.group, place: said?.place };
  const scope = form.scope === "site" ? {} : { [form.scope]: of[form.scope] };
  const body = { by, note: form.note, ...scope };
  if (form.kind === "weekly" && !form.weekdays.length)
    throw new Error("Choose at least one day on which it begins.");
  if (form.kind === "weekly")
    return {
      ...body,
      weekly: { weekdays: form.weekdays, from: form.begins, to: form.ends },
    };
  return { ...body, from: siteMoment(form.from), to: siteMoment(form.to) };
}
