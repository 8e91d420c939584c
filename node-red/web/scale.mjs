/** What a gauge shows of a channel: its range and the coloured zones. Pure. */

function niceStep(span) {
  const power = 10 ** Math.floor(Math.log10(span / 10));
  return [1, 2, 2.5, 5, 10]
    .map((factor) => factor * power)
    .find((step) => span / step <= 12);
}

function marksOf({ low, high, normal, limits = [] }) {
  const band = normal ?? [low, high]; // of who has no normal band all that was seen
  return [...band, ...limits.map((limit) => limit.at)];
}

function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/**
 * The range worth drawing: the normal band and every limit with a quarter of air, on round numbers and
 * never beyond what the sensor can report. A channel's full range hides its normal one. It does not
 * follow the value: one that lies beyond it stands at its end. `ofType` is the same channel as the
 * machine's type has it: bands and limits of a machine's own widen its dial, and never narrow it.
 */
export function displayRange(channel, ofType) {
  const { low, high } = channel;
  const marks = [channel, ofType ?? channel].flatMap(marksOf);
  const least = Math.min(...marks);
  const most = Math.max(...marks);
  const air = (most - least || Math.abs(most) || 1) / 4;
  const step = niceStep(most - least + 2 * air);
  const from = clamp(Math.floor((least - air) / step) * step, low, high);
  const to = clamp(Math.ceil((most + air) / step) * step, low, high);
  // Nothing that cannot be negative and begins near nothing should seem to begin elsewhere.
  return { from: from > 0 && from < to / 2 ? Math.max(0, low) : from, to };
}

/** Whether a value lies beyond either end. */
export function isBeyond(value, { from, to }) {
  return Number.isFinite(value) && (value < from || value > to);
}

/** Where `value` lies between `from` and `to`, 0..1. */
export function share(value, { from, to }) {
  return clamp((value - from) / (to - from), 0, 1);
}

/** The coloured parts of a dial over `range` as shares 0..1: the normal band, and beyond limits. */
export function zones(channel, range) {
  const normal = (channel.normal ? [channel.normal] : []).map(
    ([low, high]) => ({
      kind: "normal",
      start: share(low, range),
      end: share(high, range),
    }),
  );
  const beyond = (channel.limits ?? []).map((limit) =>
    limit.side === "high"
      ? { kind: limit.severity, start: share(limit.at, range), end: 1 }
      : { kind: limit.severity, start: 0, end: share(limit.at, range) },
  );
  return [...normal, ...beyond];
}

/**
 * "normal", "outside" the usual band, or the severity of the limit that is passed; "none" where
 * nobody has said what is normal, and of a machine that is stopped, whose band and most limits do not
 * count.
 */
export function standing(value, { normal, limits = [] }, isStopped = false) {
  if (!Number.isFinite(value)) return "none";
  const counting = limits.filter((limit) => !isStopped || limit.while_stopped);
  const passed = counting.find((limit) =>
    limit.side === "high" ? value > limit.at : value < limit.at,
  );
  if (passed) return passed.severity;
  if (!normal || isStopped) return "none";
  return value < normal[0] || value > normal[1] ? "outside" : "normal";
}

/** An SVG arc of a dial open at the bottom (240 degrees), between two shares of its length. */
export function arc({ start, end, radius, cx, cy }) {
  const angle = (part) => ((-210 + 240 * part) * Math.PI) / 180;
  const point = (part) =>
    [cx + radius * Math.cos(angle(part)), cy + radius * Math.sin(angle(part))]
      .map((value) => value.toFixed(2))
      .join(" ");
  const large = 240 * (end - start) > 180 ? 1 : 0;
  return `M ${point(start)} A ${radius} ${radius} 0 ${large} 1 ${point(end)}`;
}
