/** What a screen on the wall shows: who is in trouble first, a page at a time. Pure. */

import { findProblems } from "./problems.mjs";
import { minuteText } from "./site-time.mjs";

// Of the 1080 lines of a full-HD screen: 24 inches are 299 mm high, and from 3 m 16 arc minutes are
// 14 mm, 50.5 lines. So high is an "x" of a fault's name, and a capital of a machine's.
export const FAULT_SIZE = 94;
export const NAME_SIZE = 71;

const MOST_LINES = 6; // of trouble
const NAME_LETTERS = 15; // in a line, of the mean width
const MOST_OF_A_NAME = 2; // lines of it; the rest is cut, or it would push others off the page
const FAULT_LETTERS = 20;
const TILES_A_ROW = 3;
// Heights of wall-view.vue, in the same lines: what is below the head, a line of trouble, a row of
// machines that are well (both with the gap to the next), and the gaps.
const BOARD = 880;
const LINE = 132;
const TILE = 164;
const GAP = 14;
const GAP_OF_BOARDS = 20;
const DOUBT = 138;
const OLD_AFTER_MS = 15_000; // a snapshot comes every second or so

function linesFor({ called, text }) {
  return Math.max(
    1,
    Math.min(MOST_OF_A_NAME, Math.ceil(called.length / NAME_LETTERS)),
    Math.ceil(text.length / FAULT_LETTERS),
  );
}

function filled(lines, most) {
  const pages = [];
  let left = 0;
  for (const line of lines) {
    const wanted = Math.min(linesFor(line), most);
    if (wanted > left) {
      pages.push([]);
      left = most;
    }
    pages.at(-1).push(line);
    left -= wanted;
  }
  return pages;
}

/** How many machines that are well have room below these lines. */
function roomBelow(lines, board) {
  const taken = lines.reduce((sum, line) => sum + linesFor(line), 0);
  const left = board - (taken ? taken * LINE - GAP + GAP_OF_BOARDS : 0);
  return TILES_A_ROW * Math.max(0, Math.floor((left + GAP) / TILE));
}

/** The lines of machines that somebody is called to, the worst first, however it is missed; the others,
 * those in maintenance last. */
function sorted(groups, devices) {
  const lines = groups
    .filter(({ isApart }) => !isApart)
    .flatMap((group) => group.lines)
    .sort((a, b) => a.place - b.place);
  const meant = new Set(lines.map(({ device }) => device));
  const others = devices.filter(({ id }) => !meant.has(id));
  const inMaintenance = (device) => Boolean(device.maintenance);
  return [lines, others.sort((a, b) => inMaintenance(a) - inMaintenance(b))];
}

/**
 * The pages in the order they are shown in, each {trouble, well}: lines, and devices that are well,
 * as many as have room below the trouble. Where that is not all of them there is a page of more,
 * and the trouble comes again. `isDoubted`: a sentence takes the room of a line.
 */
export function wallPages({ groups, devices, isDoubted = false }) {
  const [lines, rest] = sorted(groups, devices);
  const trouble = filled(lines, MOST_LINES - isDoubted).map((page) => ({
    trouble: page,
    well: [],
  }));
  if (!lines.length && !rest.length) return [];
  const last = trouble.pop() ?? { trouble: [] };
  const board = BOARD - (isDoubted ? DOUBT : 0);
  const room = roomBelow(last.trouble, board);
  const pages = [];
  while (rest.length || !pages.length) {
    pages.push(...trouble, { ...last, well: rest.splice(0, room) });
    if (lines.length && rest.length > room)
      pages.push({ trouble: [], well: rest.splice(0, roomBelow([], board)) });
  }
  return pages;
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
