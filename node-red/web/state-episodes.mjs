/** The episodes of a machine's states and labels: fetched, then followed as it goes on. */

import { devicePath, get } from "./api.mjs";

const LIMIT = 1000;
const MOST_PAGES = 5; // beyond, the oldest stay away

/** The states and labels of a type, each a lane of its own. */
export function lanesOf(type) {
  return [...(type?.states ?? []), ...(type?.labels ?? [])];
}

/** All episodes of one lane that reach into a range, oldest first. Throws ApiError. */
export async function loadEpisodes(device, lane, { fromMs, toMs }, ask = get) {
  const path = devicePath(device, "/states");
  let found = [];
  for (let pages = 0, before = toMs; pages < MOST_PAGES; pages += 1) {
    const query = { channel: lane, from: fromMs, to: before, limit: LIMIT };
    const episodes = await ask(path, query);
    found = joined(episodes, found);
    if (episodes.length < LIMIT) break;
    before = episodes[0].start_ms + 1; // the oldest comes again, and is told whole
  }
  return found;
}

/** Whether episodes of a range are so many that its beginning is not among them. */
export function isCut(found, { fromMs }) {
  const isFull = found.length > MOST_PAGES * (LIMIT - 1);
  return isFull && found[0].start_ms > fromMs;
}

/** Earlier episodes before later ones, without the one that both have. */
function joined(earlier, later) {
  const isTwice =
    later.length && earlier.at(-1)?.start_ms === later[0].start_ms;
  return [...(isTwice ? earlier.slice(0, -1) : earlier), ...later];
}

/** The episodes as they go on with what a reading says now: `value` since `timeMs`. */
export function followed(episodes, value, timeMs) {
  const last = episodes.at(-1);
  if (!value || (last && last.end_ms === null && last.state === value))
    return episodes;
  if (last && timeMs < last.start_ms) return episodes;
  const before =
    last?.end_ms === null
      ? [...episodes.slice(0, -1), { ...last, end_ms: timeMs }]
      : episodes;
  return [...before, { state: value, start_ms: timeMs, end_ms: null }];
}

/** The open episode of a machine that is not heard since `lastSeenMs` ends there. */
export function endedBy(episodes, lastSeenMs) {
  if (lastSeenMs === null) return episodes;
  return episodes.map((each) => ({
    ...each,
    end_ms: each.end_ms ?? Math.max(each.start_ms, lastSeenMs),
  }));
}
