/** OEE as a bar: what is left of the planned time after each of its three losses. Pure. */

import { inWords } from "./figures.mjs";

const LOSSES = [
  { role: "availability", title: "Availability loss" },
  { role: "performance", title: "Performance loss" },
  { role: "quality", title: "Quality loss" },
];

/** The parts of a bar of 100 %: OEE and its losses; null where one of the figures is not told. */
export function barOf(oee, factors) {
  const values = [oee, ...factors].map((figure) => figure?.value);
  if (!values.every(Number.isFinite)) return null;
  let left = 100;
  const losses = LOSSES.map(({ role, title }, at) => {
    const next = (left * factors[at].value) / 100;
    const lost = left - next;
    left = next;
    return { role, title, lost };
  });
  return {
    // A factor above 100 % makes up for losses before it, and loses nothing itself.
    parts: losses.map((loss) => ({ ...loss, width: Math.max(0, loss.lost) })),
    value: oee.value,
    gained: losses.filter(({ lost }) => lost < 0).map(({ role }) => role),
  };
}

/** Widths that fill the bar and no more, also where a factor is above 100 %. */
export function widthsOf({ value, parts }) {
  const all =
    Math.max(0, value) + parts.reduce((sum, { width }) => sum + width, 0);
  const share = (part) => (all > 0 ? (part / all) * 100 : 0);
  return {
    oee: share(Math.max(0, value)),
    losses: parts.map(({ width }) => share(width)),
  };
}

/** Why there is no bar: the first reason of the four. */
export function reasonOf(figures) {
  const untold = figures.find((figure) => !Number.isFinite(figure?.value));
  return inWords(untold?.reason);
}
