/** The node that asks what a machine's channels were over a range. */

import { InputError, nameOf, namesOf } from "./names.mjs";
import { registerQuestion } from "./question.mjs";
import { rangeOf } from "./ranges.mjs";
import { historyRows } from "./rows.mjs";

const MOST_POINTS = 2000;

function pointsOf(value) {
  if (value === undefined || value === null || value === "") return undefined;
  const points = Number(value);
  if (!Number.isInteger(points) || points < 2 || points > MOST_POINTS)
    throw new InputError(
      `"points" is ${JSON.stringify(value)?.slice(0, 40)}: write a whole number from 2 to ${MOST_POINTS}.`,
    );
  return String(points);
}

/** What is asked, the message's words before the node's. Throws InputError. */
export function historyQuestion(msg, config) {
  return {
    device: nameOf(msg.device || config.device, "device"),
    query: {
      ...rangeOf(msg, config),
      points: pointsOf(msg.points ?? config.points),
      channels: namesOf(msg.channels ?? config.channels, "channels"),
    },
  };
}

async function answer(msg, config, server) {
  const { device, query } = historyQuestion(msg, config);
  const found = await server.api.get(`/devices/${device}/history`, query);
  const payload = config.format === "rows" ? historyRows(found) : found;
  return { device, payload };
}

export function register(RED) {
  registerQuestion(RED, "edgetwin-history", answer);
}
