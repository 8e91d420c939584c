/** Episodes of faults as bars on a line of time, the site's. */

import { percent } from "./format.mjs";
import { nextRound, secondText, tickText } from "./site-time.mjs";

const SAME_WITHIN_MS = 10_000;

/**
 * Faults only, oldest first; two of one class with less than ten seconds between them are one:
 * at its onset a fault comes and goes from window to window.
 */
export function merged(episodes) {
  const result = [];
  const faults = episodes.filter((episode) => episode.fault !== "normal");
  for (const episode of [...faults].sort((a, b) => a.start_ms - b.start_ms)) {
    const before = result.findLast((other) => other.fault === episode.fault);
    if (
      before?.end_ms != null &&
      episode.start_ms - before.end_ms < SAME_WITHIN_MS
    )
      Object.assign(before, {
        end_ms: episode.end_ms && Math.max(before.end_ms, episode.end_ms),
        confidence: Math.max(before.confidence, episode.confidence),
      });
    else result.push({ ...episode });
  }
  return result;
}

/** The open episode of a machine that is not heard since `lastSeenMs` ends there; null: it is heard. */
export function endedAt(lastSeenMs, episodes) {
  if (lastSeenMs === null) return episodes;
  return episodes.map((episode) => ({
    ...episode,
    end_ms: episode.end_ms ?? Math.max(episode.start_ms, lastSeenMs),
  }));
}

/**
 * With the time since the last judgement of a machine that cannot be judged now: `why` says so,
 * nothing else tells of it. A machine that is silent (`lastSeenMs`) is not judged until then, and
 * before it was first heard of (`sinceMs`) there was nothing to judge.
 */
export function withUnjudged(episodes, { why, fromMs, lastSeenMs, sinceMs }) {
  if (!why) return episodes;
  const ends = episodes.map(({ end_ms }) => end_ms ?? Infinity);
  const start_ms = Math.max(fromMs, sinceMs ?? fromMs, ...ends);
  if (start_ms >= (lastSeenMs ?? Infinity)) return episodes;
  const unjudged = { fault: "not_judged", fault_label: "Not judged", why };
  return [
    ...episodes,
    { ...unjudged, severity: "None", confidence: 0, start_ms, end_ms: null },
  ];
}

const NEARLY_ALL = 0.95; // the newest seconds are judged in a moment

/** The share of [fromMs, toMs] that was judged, healthy or not. */
function judgedShare(episodes, { fromMs, toMs }) {
  const judgedMs = episodes
    .filter(({ fault }) => fault !== "not_judged")
    .map(({ start_ms, end_ms }) =>
      Math.max(0, Math.min(end_ms ?? toMs, toMs) - Math.max(start_ms, fromMs)),
    )
    .reduce((sum, ms) => sum + ms, 0);
  return Math.min(1, judgedMs / (toMs - fromMs));
}

/** What a timeline without a fault says; no fault was found only while a machine was judged. */
export function nothingText(episodes, { fromMs, toMs, why = "", lastSeenMs }) {
  const share = judgedShare(episodes, { fromMs, toMs });
  if (share >= NEARLY_ALL) return "No fault in this time.";
  if (share > 0)
    return `No fault while it was judged: ${percent(share)} of this time.`;
  const isGone = (lastSeenMs ?? Infinity) <= fromMs;
  const reason = isGone ? "there are no readings." : why;
  return `Not judged in this time${reason ? `: ${reason}` : "."}`;
}

/** A machine's line: what is drawn, what is said where no fault is, and whether it was judged. */
export function lineOf(found, span) {
  const { lastSeenMs } = span;
  const judged = endedAt(lastSeenMs, found);
  return {
    episodes: endedAt(lastSeenMs, withUnjudged(judged, span)),
    nothing: nothingText(judged, span),
    wasJudged: judgedShare(judged, span) > 0,
  };
}

/** The bars of `episodes` inside [fromMs, toMs]: left and width in percent, none narrower than it can be seen. */
export function bars(episodes, { fromMs, toMs, nowMs, least = 0.4 }) {
  const span = toMs - fromMs;
  return merged(episodes)
    .map((episode) => ({
      episode,
      end: Math.min(episode.end_ms ?? nowMs, toMs),
    }))
    .filter(({ episode, end }) => end >= fromMs && episode.start_ms <= toMs)
    .map(({ episode, end }) => {
      const start = Math.max(episode.start_ms, fromMs);
      const width = Math.max(least, ((end - start) / span) * 100);
      const left = Math.min(((start - fromMs) / span) * 100, 100 - width);
      return { ...episode, left, width };
    });
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const WEEK_MS = 7 * 1440 * MINUTE_MS;
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880].map(
    (minutes) => minutes * MINUTE_MS,
  ),
];

/** The shortest round step that is as long as wanted; beyond some days, of weeks. */
function stepMs(wantedMs) {
  return (
    STEPS_MS.find((ms) => ms >= wantedMs) ??
    Math.ceil(wantedMs / WEEK_MS) * WEEK_MS
  );
}

/** Round times of the site's wall between fromMs and toMs, at most `most` of them. */
export function ticks(fromMs, toMs, most = 6) {
  const step = stepMs((toMs - fromMs) / most);
  const told = step < MINUTE_MS ? secondText : tickText;
  const result = [];
  for (
    let at = nextRound(fromMs - 1, step);
    at <= toMs;
    at = nextRound(at, step)
  )
    result.push({
      at,
      left: ((at - fromMs) / (toMs - fromMs)) * 100,
      text: told(at),
    });
  return result;
}
