/** The lengths of time a machine's trends can show, and their names in the page's address. Pure. */

const MINUTE_MS = 60_000;

export const SPANS = [
  { value: "5m", text: "5 min", ms: 5 * MINUTE_MS },
  { value: "15m", text: "15 min", ms: 15 * MINUTE_MS },
  { value: "1h", text: "1 h", ms: 60 * MINUTE_MS },
  { value: "24h", text: "24 h", ms: 1440 * MINUTE_MS },
];

const LEAST_READINGS = 12;

/** The span that an address names; else the shortest that shows some readings of this period. */
export function spanFor(name, periodMs) {
  const named = SPANS.find((span) => span.value === name);
  if (named) return named;
  const neededMs = LEAST_READINGS * (periodMs ?? 0);
  return SPANS.find(({ ms }) => ms >= neededMs) ?? SPANS.at(-1);
}
