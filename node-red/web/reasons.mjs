// What speaks for a diagnosis, as bars: its reasons, and how the sensors fit each other.

import { number, percent } from "./format.mjs";

const MOST_REASONS = 4;

/** The strongest, each with its share as text and as a bar's width. */
export function reasonsOf(reasons) {
  return (reasons ?? []).slice(0, MOST_REASONS).map((reason) => ({
    channel: reason.channel,
    text: reason.text,
    share: percent(reason.weight),
    width: `${Math.min(1, Math.max(0, reason.weight)) * 100}%`,
  }));
}

/**
 * What an autoencoder says; null where it says nothing. Where nothing else is known than that the
 * sensors do not fit, they are the reasons already, and are not shown again.
 */
export function fitOf(diagnosis) {
  const found = diagnosis.reconstruction;
  if (!found) return null;
  const error = number(found.error, found.error < 10 ? 2 : 0);
  if (found.error < 1)
    return {
      text: `The sensors fit each other: error ${error} of 1 at most`,
      sensors: [],
    };
  return {
    text: `The sensors do not fit each other: error ${error}, 1 at most when healthy`,
    sensors: diagnosis.fault === "unknown" ? [] : reasonsOf(found.sensors),
  };
}
