/** States and labels over time as lanes: coloured by what their time counts as, told in words. Pure. */

import { number, percent } from "./format.mjs";

const ELEMENTS = {
  producing: "producing",
  setup: "set-up",
  standby: "standby",
  planned_down: "planned down",
  down: "down",
};
const NOTHING = "not told";
const SLOTS = 300; // of a strip: what is shorter than one is drawn with its neighbours
const MOST_VALUES = 12; // of a legend

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

function insideOf(episodes, window) {
  return episodes.map((episode) => within(episode, window)).filter(Boolean);
}

/** What is too short to be seen, as one where it begins within one slot; `of`: of how many. */
function together(inside, { fromMs, toMs }) {
  const slotMs = (toMs - fromMs) / SLOTS;
  const slotOf = ({ start }) => Math.floor((start - fromMs) / slotMs);
  const parts = [];
  for (const one of inside) {
    const last = parts.at(-1);
    const isShort = one.end - one.start < slotMs;
    if (isShort && last?.isShort && slotOf(last) === slotOf(one))
      Object.assign(last, {
        end: one.end,
        of: last.of + 1,
        state: last.state === one.state ? one.state : null,
      });
    else parts.push({ ...one, isShort, of: 1 });
  }
  return parts;
}

/**
 * The stretches of `episodes` in the window: left and width in percent, and how they look. However
 * many episodes there are, these are some hundreds: of more, short neighbours are one ("is-many").
 */
export function stretches(episodes, values, window) {
  const spanMs = window.toMs - window.fromMs;
  const looks = new Map(values.map((value) => [value.name, value]));
  const inside = insideOf(episodes, window);
  const parts = inside.length > SLOTS ? together(inside, window) : inside;
  return parts.map(({ state, start, end, of }) => ({
    start,
    title:
      state === null
        ? `${of} values`
        : (looks.get(state)?.title ?? titled(state)),
    css: state === null ? "is-many" : (looks.get(state)?.css ?? "is-other"),
    left: ((start - window.fromMs) / spanMs) * 100,
    width: ((end - start) / spanMs) * 100,
  }));
}

/** What is said of a strip that cannot show each episode; nothing where it does. */
export function crowdText(episodes, window, isCut) {
  const { length } = insideOf(episodes, window);
  if (length <= SLOTS) return "";
  const many = number(length, 0);
  return isCut
    ? `It changed more than ${many} times, the newest of which are shown; what is too short to be seen is drawn together.`
    : `It changed ${many} times; what is too short to be seen is drawn together.`;
}

function lastedMs(inside) {
  const sums = new Map();
  for (const { state, start, end } of inside)
    sums.set(state, (sums.get(state) ?? 0) + end - start);
  return sums;
}

/**
 * Each value with the share of the time told in the window; those that were there alone, and of very
 * many those that were there longest. `others`: how many more there were.
 */
export function legendOf(episodes, values, window) {
  const ms = lastedMs(insideOf(episodes, window));
  const toldMs = [...ms.values()].reduce((sum, each) => sum + each, 0);
  const there = values.filter(({ name }) => ms.get(name) > 0);
  const longest = new Set(
    [...there]
      .sort((a, b) => ms.get(b.name) - ms.get(a.name))
      .slice(0, MOST_VALUES),
  );
  const shown = there.filter((value) => longest.has(value));
  return {
    others: there.length - shown.length,
    values: shown.map((value) => ({
      ...value,
      share: percent(ms.get(value.name) / toldMs),
    })),
  };
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
