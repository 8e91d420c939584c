/** Points in time as people write them in, what the gateway's API takes out. Pure. */

import { InputError } from "./names.mjs";

const UNITS_MS = {
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const AGO = /^(?:now)?\s*-?\s*(\d{1,6}(?:\.\d{1,3})?)\s*(s|min|m|h|d|w)$/;
const NUMBER = /^\d{1,15}$/;
const ISO = /^\d{4}-\d{2}-\d{2}([T ][\d:.,]{2,18}(Z|[+-]\d{2}:?\d{2})?)?$/;

function sentence(value, what) {
  return (
    `${JSON.stringify(value)?.slice(0, 80)} is no time for "${what}": write how long ago, such as ` +
    "30m, 2h or 7d, or now, a time such as 2025-11-20T08:00Z, or Unix milliseconds."
  );
}

/** Unix milliseconds or ISO 8601 of `value`; undefined for none. Throws InputError. */
export function timeOf(value, what, nowMs = Date.now()) {
  if (value === undefined || value === null || value === "") return undefined;
  if (value instanceof Date && Number.isFinite(value.getTime()))
    return String(value.getTime());
  if (Number.isFinite(value) && value >= 0) return String(Math.round(value));
  const text = typeof value === "string" ? value.trim() : "";
  const ago = AGO.exec(text);
  if (ago) return String(Math.round(nowMs - ago[1] * UNITS_MS[ago[2]]));
  if (text === "now") return String(nowMs);
  if (NUMBER.test(text) || ISO.test(text)) return text;
  throw new InputError(sentence(value, what));
}

/** `{from, to}` for a query, the message's before the node's. Throws InputError. */
export function rangeOf(msg, config) {
  const nowMs = Date.now();
  const from = timeOf(msg.from ?? config.from, "from", nowMs);
  const to = timeOf(msg.to ?? config.to, "to", nowMs);
  if (NUMBER.test(from) && NUMBER.test(to) && Number(from) >= Number(to))
    throw new InputError(
      '"from" is not before "to": the range would be empty. Write the longer time ago in "from".',
    );
  return { from, to };
}
