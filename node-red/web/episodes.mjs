/** Episodes of faults as bars on a line of time. Pure. */

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

const STEPS_MIN = [
  1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880,
];

/** Round local times between fromMs and toMs, at most `most` of them. */
export function ticks(fromMs, toMs, most = 6) {
  const wanted = (toMs - fromMs) / 60_000 / most;
  const step =
    (STEPS_MIN.find((minutes) => minutes >= wanted) ?? 10_080) * 60_000;
  const zone = new Date(fromMs).getTimezoneOffset() * 60_000;
  const first = Math.ceil((fromMs - zone) / step) * step + zone;
  const result = [];
  for (let at = first; at <= toMs; at += step) {
    const date = new Date(at);
    const midnight = date.getHours() === 0 && date.getMinutes() === 0;
    result.push({
      at,
      left: ((at - fromMs) / (toMs - fromMs)) * 100,
      text: midnight
        ? date.toLocaleDateString("en-GB", { day: "numeric", month: "short" })
        : date.toLocaleTimeString("en-GB").slice(0, 5),
    });
  }
  return result;
}
