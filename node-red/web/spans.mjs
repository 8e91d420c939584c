/** The lengths of time a machine's trends can show, and their names in the page's address. Pure. */

const MINUTE_MS = 60_000;

export const SPANS = [
  { value: "5m", text: "5 min", ms: 5 * MINUTE_MS },
  { value: "15m", text: "15 min", ms: 15 * MINUTE_MS },
  { value: "1h", text: "1 h", ms: 60 * MINUTE_MS },
  { value: "24h", text: "24 h", ms: 1440 * MINUTE_MS },
];

/** The span that an address names; the first for one that names none, or none of these. */
export function spanNamed(name) {
  return SPANS.find((span) => span.value === name) ?? SPANS[0];
}
