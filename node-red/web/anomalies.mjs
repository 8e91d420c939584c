/** What was unlike a machine's normal, on an axis of time, and how far that is learned. Pure. */

import { clock, duration, number, percent, severityClass } from "./format.mjs";

const NEARLY_ALL = 0.95; // the newest seconds are judged in a moment

/** Where anomalies lie between two times, in percent. A fault's class has a bar of its own. */
export function oddOf(anomalies, { fromMs, toMs }) {
  const share = (ms) =>
    (100 * (Math.min(Math.max(ms, fromMs), toMs) - fromMs)) / (toMs - fromMs);
  return anomalies
    .filter(
      ({ method, start_ms: ms, end_ms: endMs }) =>
        method !== "classified" && ms <= toMs && (endMs ?? toMs) >= fromMs,
    )
    .map((one) => {
      const left = share(one.start_ms);
      return { ...one, left, width: share(one.end_ms ?? toMs) - left };
    });
}

/** How far learning is; nothing where it is done, or nobody knows. */
export function learningText(learning) {
  if (!learning || learning.stage === "learned") return "";
  return `Its normal is being learned: ${percent(learning.share)}.`;
}

const METHODS = {
  limits: "Limit",
  rolling: "Readings just before",
  joint: "All channels together",
  classified: "Fault",
};
const KINDS = {
  over_temperature: "Over-temperature",
  under_temperature: "Under-temperature",
  high_consumption: "High consumption",
  low_level: "Low level",
  high_level: "High level",
  vibration: "Vibration",
  inactivity: "Inactivity",
  leakage: "Leakage",
  sensor_error: "Sensor error",
  overuse: "Overuse",
  wear: "Wear",
  blockage: "Blockage",
  overheating: "Overheating",
  overload: "Overload",
  shortage: "Something is missing",
  breakdown: "Breakdown",
};

/** How anomalies are found, as choices; the first means all. */
export const METHOD_CHOICES = [
  { value: "", text: "All anomalies" },
  { value: "limits", text: "Limits" },
  { value: "rolling", text: "Unlike readings just before" },
  { value: "joint", text: "All channels together" },
  { value: "classified", text: "Faults" },
];

/** Of less than an hour the minutes. */
function amount(value, unit) {
  if (unit === "h" && value < 1) return amount(60 * value, "min");
  const decimals = Math.abs(value) < 10 ? 1 : 0;
  return `${number(value, decimals)} ${unit}`;
}

/** A mean with what it may be as well; without one, why. */
export function figureView({ value, unit, low, high, reason }) {
  if (value === null)
    return {
      text: low === null ? "–" : `${amount(low, unit)} or more`,
      hint: reason ?? "",
    };
  const ends = [low, high].map((end) =>
    end === null ? "" : amount(end, unit),
  );
  const [least, most] = ends;
  if (least && most) return view(value, unit, `${least} to ${most}`);
  return view(value, unit, least ? `${least} or more` : "");
}

function view(value, unit, hint) {
  return { text: amount(value, unit), hint };
}

/** Mean time between and minutes to recovery, titled. */
export function figuresView(answer) {
  return [
    { name: "mtba", title: "Mean time between", ...figureView(answer.mtba) },
    {
      name: "response_index",
      title: "Minutes to recovery",
      ...figureView(answer.response_index),
    },
  ];
}

/** What is said where there is no anomaly: that nothing was unlike its normal, or that nobody looked. */
export function calmText({ judged_ms: judgedMs, from_ms, to_ms }) {
  if (judgedMs === 0) return "It was not judged in this time.";
  return judgedMs < NEARLY_ALL * (to_ms - from_ms)
    ? `Nothing was unlike its normal while it was judged: ${duration(judgedMs)} of this time.`
    : "Nothing was unlike its normal in this time.";
}

/** One line of the fleet's table. */
export function statisticsRow({ device = null, ...sums }) {
  return {
    device,
    count: String(sums.count),
    lasting: sums.lasting ? String(sums.lasting) : "none",
    mtba: figureView(sums.mtba),
    response: figureView(sums.response_index),
  };
}

/** One anomaly in plain words: what, since when, and what speaks for it. */
export function anomalyRow(one, nowMs, titleOf) {
  const title =
    KINDS[one.kind] ??
    (one.method === "joint" || one.method === "rolling"
      ? "Unlike its normal"
      : titleOf(one.name));
  const since = clock(one.start_ms, nowMs);
  const lasted = one.end_ms ? duration(one.end_ms - one.start_ms) : "";
  return {
    key: one.id ?? `${one.name} ${one.start_ms}`,
    name: one.name,
    title,
    method: METHODS[one.method],
    text: one.text,
    css: severityClass(one.severity),
    when: one.end_ms ? `${since}, ${lasted}` : `since ${since}`,
    evidence: one.evidence
      .filter(({ text }) => !one.text.startsWith(text))
      .map(({ channel, weight, text }) => ({
        key: `${channel} ${text}`,
        text,
        share: weight < 1 ? percent(weight) : "",
      })),
  };
}
