/** What was unlike a machine's normal, on an axis of time, and how far that is learned. Pure. */

import { percent } from "./format.mjs";

/** Where anomalies lie between two times, in percent. A fault's class has a bar of its own. */
export function oddOf(anomalies, { fromMs, toMs }) {
  const share = (ms) =>
    (100 * (Math.min(Math.max(ms, fromMs), toMs) - fromMs)) / (toMs - fromMs);
  return anomalies
    .filter(
      ({ method, start_ms: ms, end_ms: endMs }) =>
        method !== "classified" && ms <= toMs && (endMs ?? toMs) >= fromMs,
    )
    .map((one) => {
      const left = share(one.start_ms);
      return { ...one, left, width: share(one.end_ms ?? toMs) - left };
    });
}

/** How far learning is; nothing where it is done, or nobody knows. */
export function learningText(learning) {
  if (!learning || learning.stage === "learned") return "";
  return `Its normal is being learned: ${percent(learning.share)}.`;
}
