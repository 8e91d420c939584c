/** Where a machine is in its life, how it begins and how it ends, in words for a person. Pure. */

import { clock } from "./format.mjs";

export const STAGES = [
  {
    value: "in_use",
    text: "In use",
    about: "alarms reach people, figures count",
  },
  {
    value: "commissioning",
    text: "Commissioning",
    about:
      "alarms are shown and nobody is told; nothing of it counts in a figure",
  },
  {
    value: "maintenance",
    text: "Maintenance",
    about: "its alarms ask for nobody",
  },
  {
    value: "retired",
    text: "Retired",
    about: "in no list and without alarms; its history stays",
  },
];
export const REPLACED = "replaced";
const TEXTS = {
  ...Object.fromEntries(STAGES.map(({ value, text }) => [value, text])),
  [REPLACED]: "Replaced",
};
const ORDINALS = ["first", "second", "third", "fourth", "fifth"];
const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const OURS = ["gateway", "dashboard", "updater"];

export function stageText(stage) {
  return TEXTS[stage] ?? stage;
}

function ordinal(number) {
  return ORDINALS[number - 1] ?? `${number}th`;
}

/** "In use since 12 Nov, second life"; nothing is known of who has said nothing. */
export function lifeText({ stage, life } = {}, nowMs) {
  if (!stage) return "";
  const sinceMs = Math.max(stage.since_ms ?? 0, life.began_ms ?? 0);
  const since = sinceMs ? ` since ${clock(sinceMs, nowMs)}` : "";
  const number = life.number > 1 ? `, ${ordinal(life.number)} life` : "";
  return `${stageText(stage.name)}${since}${number}`;
}

/** What must be known of a machine that is not simply in use, as a sentence. */
export function stageNotice({ stage, life } = {}, nowMs) {
  const said = stage?.note ? ` (${stage.note})` : "";
  const since = stage?.since_ms ? ` since ${clock(stage.since_ms, nowMs)}` : "";
  switch (stage?.name) {
    case "commissioning":
      return `Learning${since}${said}: alarms are shown and nobody is told of them. What it measures meanwhile counts in no figure.`;
    case "maintenance":
      return `In maintenance${since}${said}: its alarms ask for nobody.`;
    case "retired":
      return `Retired${since}${said}: in no list and without alarms. What it has measured is here.`;
    case REPLACED:
      return `Replaced${since}${said}: another machine is called ${life.of} now. What this one has measured is here.`;
    default:
      return "";
  }
}

/** What is wrong with an id that is typed, as a sentence; nothing where it is good. */
export function idMistake(id, known = []) {
  if (!id) return "";
  if (OURS.includes(id)) return `${id} is a name of edgetwin's own.`;
  if (known.includes(id)) return `There is a machine ${id} already.`;
  return ID.test(id)
    ? ""
    : "Letters, digits, _ . and - only; it begins with a letter or a digit.";
}

/** Boards that wait for their first reading, without those that have come since they were told. */
export function waitingStill(told, devices) {
  const come = new Set(devices.map(({ id }) => id));
  return told.filter(({ device }) => !come.has(device));
}

const SPELT = { ä: "ae", ö: "oe", ü: "ue", ß: "ss", ø: "o", æ: "ae", ł: "l" };

/** An id after a name that people use: "Mixer 2, hall" → "mixer-2-hall", "Lüfter" → "luefter". */
export function idOf(name) {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[äöüßøæł]/g, (letter) => SPELT[letter])
    .normalize("NFKD")
    .replace(/\p{M}/gu, "") // accents
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64);
}

const LOST = [
  ["readings", "reading", "readings"],
  ["events", "event", "events"],
  ["minutes", "minute of sums", "minutes of sums"],
  ["alarms", "alarm", "alarms"],
  ["registry", "word people said of it", "words people said of it"],
  ["photos", "photo", "photos"],
];

/** What a removal takes, as a list of words; what there is none of is left out. */
export function lostTexts({ lost }) {
  return LOST.filter(([name]) => lost[name] > 0).map(
    ([name, one, many]) =>
      `${lost[name].toLocaleString("en")} ${lost[name] === 1 ? one : many}`,
  );
}

/** The lives of a name but for one, each with where its history is. */
export function otherLives(lives, device, nowMs) {
  return lives
    .filter((life) => life.device !== device)
    .map((life) => ({
      device: life.device,
      text: `${ordinal(life.number)} life`,
      until: life.ended_ms
        ? `until ${clock(life.ended_ms, nowMs)}`
        : "goes on now",
      note: life.note,
    }));
}

/** A device that is in no snapshot, as its page wants it: the row of the fleet, and the detail. */
export function pastOf(device) {
  const { state } = device;
  return {
    row: {
      id: device.device,
      asset: device.asset,
      location: device.birth?.location ?? "",
      status: "offline",
      fresh: false,
      over: device.stage,
      isSending: device.status === "online" && state?.fresh === true,
      seenMs: state?.time_ms ?? null,
      sinceMs: device.first_seen_ms ?? null,
      importedMs: device.imported_ms ?? null,
      periodMs: state?.period_ms ?? null,
      described: state?.catalogue ?? "",
      alarms: 0,
    },
    detail: {
      kind: "device",
      device: device.device,
      status: device.status,
      heard_ms: null,
      birth: device.birth,
      birth_refused: device.birth_refused,
      state,
      diagnosis: device.diagnosis,
      alarms: [],
    },
  };
}
