/** States and labels over time as lanes: coloured by what their time counts as, told in words. Pure. */

import { percent } from "./format.mjs";

const ELEMENTS = {
  producing: "producing",
  setup: "set-up",
  standby: "standby",
  planned_down: "planned down",
  down: "down",
};
const NOTHING = "not told";

/** A name as a person reads it: "planned_down" is "Planned down". */
export function titled(name) {
  const text = String(name).replaceAll("_", " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a state's time counts as, in words; nothing where it counts as none. */
export function elementText(element) {
  return ELEMENTS[element] ?? "";
}

/** Which shade of its colour a value has: values of one time element differ. */
function shades(values) {
  const seen = {};
  return values.map(({ time_element: element }) => {
    seen[element] = (seen[element] ?? -1) + 1;
    return seen[element] % 3;
  });
}

/** The values of a state, each with title, class of its colour, and what it counts as. */
export function valuesOf(state) {
  const shade = shades(state.values);
  return state.values.map(({ name, title, time_element: element }, at) => ({
    name,
    title: title || titled(name),
    element: elementText(element),
    css: `is-${element ?? "other"} shade-${shade[at]}`,
  }));
}

/** The values of a label: whatever was said, in the order in which it was. */
export function valuesSaid(episodes) {
  const names = [...new Set(episodes.map(({ state }) => state))];
  return names.map((name, at) => ({
    name,
    title: name,
    element: "",
    css: `is-said shade-${at % 3}`,
  }));
}

function within(episode, { fromMs, toMs }) {
  const start = Math.max(episode.start_ms, fromMs);
  const end = Math.min(episode.end_ms ?? toMs, toMs);
  return end > start ? { ...episode, start, end } : null;
}

/** The stretches of `episodes` in the window: left and width in percent, and how they look. */
export function stretches(episodes, values, window) {
  const spanMs = window.toMs - window.fromMs;
  const looks = new Map(values.map((value) => [value.name, value]));
  return episodes
    .map((episode) => within(episode, window))
    .filter(Boolean)
    .map(({ state, start, end }) => ({
      start,
      title: looks.get(state)?.title ?? titled(state),
      css: looks.get(state)?.css ?? "is-other",
      left: ((start - window.fromMs) / spanMs) * 100,
      width: ((end - start) / spanMs) * 100,
    }));
}

/** Each value with the share of the time told in the window; those that were there alone. */
export function legendOf(episodes, values, window) {
  const inside = episodes
    .map((episode) => within(episode, window))
    .filter(Boolean);
  const lasted = (list) =>
    list.reduce((sum, { start, end }) => sum + end - start, 0);
  const toldMs = lasted(inside);
  return values
    .map((value) => ({
      ...value,
      ms: lasted(inside.filter(({ state }) => state === value.name)),
    }))
    .filter(({ ms }) => ms > 0)
    .map(({ ms, ...value }) => ({ ...value, share: percent(ms / toldMs) }));
}

/** What a lane says of a moment: the value's title, or that nobody knows. */
export function titleAt(episodes, values, timeMs) {
  const found = episodes.find(
    ({ start_ms, end_ms }) =>
      start_ms <= timeMs && timeMs < (end_ms ?? Infinity),
  );
  if (!found) return NOTHING;
  const value = values.find(({ name }) => name === found.state);
  return value?.title ?? titled(found.state);
}
