/** Maintenance as a machine's page shows it: how much of each interval is used, in words and as a bar. Pure. */

import { clock, percent } from "./format.mjs";

const SOON = 0.9;

function standing(share) {
  if (share >= 1) return { css: "sev-high", icon: "mdi-alert", text: "due" };
  if (share >= SOON)
    return { css: "sev-medium", icon: "mdi-clock-alert-outline", text: "soon" };
  return { css: "sev-none", icon: "mdi-check-bold", text: "not due" };
}

/** One service: its standing, how wide its bar is, what is used, and since when. */
export function dueView({ name, title, advice, ...told }, nowMs) {
  const by = told.done_by ? ` by ${told.done_by}` : "";
  const since = told.since_ms
    ? `since it was done${by}, ${clock(told.since_ms, nowMs)}`
    : "since the first reading";
  if (told.share === null) {
    const standing = { css: "sev-quiet", icon: "mdi-help", text: "unknown" };
    const used = `– ${told.reason ?? ""}`.trim();
    return { name, title, advice, since, standing, used, width: 0 };
  }
  return {
    name,
    title,
    advice,
    since,
    standing: standing(told.share),
    used: `${percent(told.share)} used`,
    width: Math.min(1, told.share) * 100,
  };
}
