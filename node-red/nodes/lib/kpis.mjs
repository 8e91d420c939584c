/** The node that asks for figures: of one machine, or of machines together. */

import { nameOf, namesOf, wordOf } from "./names.mjs";
import { registerQuestion } from "./question.mjs";
import { rangeOf } from "./ranges.mjs";
import { kpiRows } from "./rows.mjs";

export const GROUPS = ["device", "asset", "location", "group", "tag", "site"];
export const BUCKETS = [
  ...["minute", "hour", "day", "week"],
  ...["month", "shift", "total"],
];

/** The path and query to ask, the message's words before the node's. Throws InputError. */
export function kpisQuestion(msg, config) {
  const query = {
    ...rangeOf(msg, config),
    bucket: wordOf(msg.bucket ?? config.bucket, BUCKETS, "bucket"),
    names: namesOf(msg.names ?? config.names, "names"),
  };
  const together = msg.group ?? (msg.device ? "" : config.group);
  const group = wordOf(together, GROUPS, "group");
  if (group) return { path: "/kpis", query: { group, ...query } };
  const device = nameOf(msg.device || config.device, "device");
  return { path: `/devices/${device}/kpis`, query, device };
}

async function answer(msg, config, server) {
  const { path, query, device } = kpisQuestion(msg, config);
  const found = await server.api.get(path, query);
  const payload = config.format === "rows" ? kpiRows(found) : found;
  return device ? { device, payload } : { payload };
}

export function register(RED) {
  registerQuestion(RED, "edgetwin-kpis", answer);
}
