/** What a screen on the wall shows: who is in trouble first, a page at a time. Pure. */

import { findProblems } from "./problems.mjs";
import { minuteText } from "./site-time.mjs";

// Of the 1080 lines of a full-HD screen: 24 inches are 299 mm high, and from 3 m 16 arc minutes are
// 14 mm, 50.5 lines. So high is an "x" of a fault's name, and a capital of a machine's.
export const FAULT_SIZE = 94;
export const NAME_SIZE = 71;

const MOST_LINES = 6; // of trouble
const NAME_LETTERS = 15; // in a line, of the mean width
const FAULT_LETTERS = 20;
const MOST_WELL = 15;
const LINE_TO_TILE = 132 / 164; // their heights, gaps and all
const OLD_AFTER_MS = 15_000; // a snapshot comes every second or so

function linesFor({ device, text }) {
  return Math.max(
    1,
    Math.ceil(device.length / NAME_LETTERS),
    Math.ceil(text.length / FAULT_LETTERS),
  );
}

function filled(lines) {
  const pages = [];
  let left = 0;
  for (const line of lines) {
    const wanted = Math.min(linesFor(line), MOST_LINES);
    if (wanted > left) {
      pages.push([]);
      left = MOST_LINES;
    }
    pages.at(-1).push(line);
    left -= wanted;
  }
  return pages;
}

function portions(list, size) {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  );
}

/** How many machines that are well have room below these lines, three beside each other. */
function roomBelow(lines) {
  const taken = lines.reduce((sum, line) => sum + linesFor(line), 0);
  return 3 * Math.max(0, Math.floor((MOST_LINES - taken) * LINE_TO_TILE));
}

/**
 * The pages in the order they are shown in, each {trouble, well}: lines, and devices that are well.
 * Where these do not fit below the trouble, all of it comes again before each page of them.
 */
export function wallPages({ groups, devices }) {
  const lines = groups.flatMap((group) => group.lines);
  const meant = new Set(lines.map(({ device }) => device));
  const well = devices.filter(({ id }) => !meant.has(id));
  const trouble = filled(lines).map((page) => ({ trouble: page, well: [] }));
  const wellPages = portions(well, MOST_WELL).map((page) => ({
    trouble: [],
    well: page,
  }));
  if (!trouble.length) return wellPages;
  const last = trouble.at(-1);
  if (well.length <= roomBelow(last.trouble))
    return [...trouble.slice(0, -1), { ...last, well }];
  return wellPages.flatMap((page) => [...trouble, page]);
}

/** The sentence that says why what is shown may not be so now; empty where it is of now. */
export function doubt(live, { heardMs, nowMs }) {
  if (!live.received) return "Connecting";
  const since = minuteText(live.nowMs);
  if (!live.connected) return `Connection lost. This is of ${since}.`;
  if (nowMs - heardMs > OLD_AFTER_MS) return `No news. This is of ${since}.`;
  const [worst] = findProblems(live);
  return worst?.level === "serious" ? worst.text : "";
}
