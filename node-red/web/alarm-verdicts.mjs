/** What people say of an alarm, in words; and what there is to choose from. Pure. */

import { percent } from "./format.mjs";

const OF_FAULT = /^fault_/;

export const ANSWERS = [
  { text: "Yes", value: "right" },
  { text: "Nothing was wrong", value: "nothing" },
  { text: "Normal for this machine", value: "normal_here" },
  { text: "Something else", value: "cause" },
];
const SAID = {
  right: "It was right",
  nothing: "Nothing was wrong",
  normal_here: "Normal for this machine",
};

/** What somebody said; of another cause the fault's name as people read it, or their own words. */
export function saidText({ verdict, cause }, type) {
  if (verdict !== "cause") return { text: SAID[verdict], cause: "" };
  return { text: "It was", cause: type?.byFault?.[cause]?.label ?? cause };
}

/** The faults of its type that it can have been instead. */
export function otherCauses(type, { name, cause }) {
  const own = (cause || name).replace(OF_FAULT, "");
  return (type?.faults ?? [])
    .filter((fault) => fault.name !== own)
    .map((fault) => ({ text: fault.label, value: fault.name }));
}

/** The channel whose limit somebody may set for this machine, as it raised what was nothing. */
export function channelToSet({ kind, name, verdict }, type) {
  if (
    kind !== "limit" ||
    !["nothing", "normal_here"].includes(verdict?.verdict)
  )
    return "";
  const [, channel] = /^(.+)_(?:high|low)$/.exec(name) ?? [];
  return channel && type?.byChannel?.[channel] ? channel : "";
}

/** How many of those that somebody judged were about something, as the table has it. */
export function precisionCell({ precision: { value, of, reason } }) {
  return value === null
    ? { text: "–", hint: reason }
    : { text: percent(value), hint: `of ${of}` };
}
