/** Normal bands and limits of a machine beside those of its type, as lines of a table. Pure. */

import { brief, clock, unitText } from "./format.mjs";

const SIDES = { high: "above", low: "below" };

/** A band and limits in words: "20 to 55 °C · above 70 °C: High". */
export function boundsText({ unit, normal, limits = [] }) {
  const withUnit = (text) => [text, unitText(unit)].filter(Boolean).join(" ");
  const band = normal
    ? withUnit(`${brief(normal[0])} to ${brief(normal[1])}`)
    : "nobody has said what is normal";
  const bounds = limits.map(
    ({ side, at, severity }) =>
      `${SIDES[side]} ${withUnit(brief(at))}: ${severity}`,
  );
  return [band, ...bounds].join(" · ");
}

function saidText(versions, nowMs) {
  const last = versions.at(-1);
  if (!last) return "";
  const when = clock(last.valid_from_ms, nowMs);
  const starts = last.valid_from_ms > nowMs ? "counts from" : "since";
  return [`${last.changed_by}, ${starts} ${when}`, last.source]
    .filter(Boolean)
    .join(": ");
}

/** One line a channel: what its type says, what is its own, and who said so. */
export function limitRows({ channels }, nowMs) {
  return channels.map((channel) => ({
    channel,
    name: channel.name,
    title: channel.title,
    isOwn: channel.is_own,
    text: boundsText(channel),
    ofType: boundsText({
      unit: channel.unit,
      normal: channel.type_normal,
      limits: channel.type_limits,
    }),
    who: saidText(channel.versions, nowMs),
  }));
}
