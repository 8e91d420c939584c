/** What people say of a machine, as a form shows it and as the gateway takes it. Pure. */

import { brief, clock, wordsOf } from "./format.mjs";
import { stageText } from "./lives.mjs";

export const FIELDS = [
  { name: "name", label: "Name", most: 80 },
  { name: "place", label: "Place", most: 80 },
  { name: "group", label: "Group", most: 64 },
  { name: "model", label: "Model", most: 120 },
  { name: "tags", label: "Tags", most: 660, hint: "separated by commas" },
  { name: "notes", label: "Notes", most: 2000, isLong: true },
];
export const SETTINGS = [
  {
    name: "rate_hz",
    label: "Rate",
    unit: "readings a second",
    hint: "0.001 to 100",
  },
  { name: "set_point", label: "Set point", unit: "" },
];

const GENERIC = "generic";
const NO_TYPE = "none that is known: described by what it sends";
const FROM = {
  registry: "as decided here",
  birth: "as its birth says",
  import: "as it was imported",
  channels: "guessed by what it measures",
};

function tagsOf(text) {
  return [
    ...new Set(
      text
        .split(",")
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ];
}

/** The form's texts of what is said; `asset` is empty where nobody has decided on the type. */
export function formOf(registry) {
  const texts = FIELDS.map(({ name }) => [
    name,
    name === "tags" ? registry.tags.join(", ") : registry[name],
  ]);
  return { ...Object.fromEntries(texts), asset: registry.asset ?? "" };
}

/** What the form changes of it, as a merge patch; an emptied field is taken back. */
export function patchOf(form, registry) {
  const before = formOf(registry);
  const changed = Object.keys(before).filter(
    (name) => form[name].trim() !== before[name],
  );
  return Object.fromEntries(
    changed.map((name) => {
      const text = form[name].trim();
      if (name === "tags") return [name, text ? tagsOf(text) : null];
      return [name, text || null];
    }),
  );
}

/** What is said, each with its title; what nobody has said is left out. */
export function factsOf(registry, types = {}) {
  const said = FIELDS.map(({ name, label }) => ({
    name: label,
    text: name === "tags" ? registry.tags.join(", ") : registry[name],
  }));
  const { asset_in_use: asset, asset_from: from } = registry;
  const title = types[asset]?.title ?? asset;
  const type = asset === GENERIC ? NO_TYPE : `${title}, ${FROM[from] ?? from}`;
  return [{ name: "Type", text: asset ? type : "" }, ...said].filter(
    (fact) => fact.text,
  );
}

/** Who said something last, or nothing where nobody has. */
export function changedText({ changed_by: by, changed_ms: ms }, nowMs) {
  return by ? `${by}, ${clock(ms, nowMs)}` : "";
}

const LABELS = Object.fromEntries(
  [...FIELDS, ...SETTINGS, { name: "asset", label: "Type" }].map(
    ({ name, label }) => [name, label],
  ),
);

/** Of what holds several things each by its name; what says nothing is left out. */
function partsText(value) {
  const parts = Object.entries(value)
    .filter(([, part]) => part !== null && part?.length !== 0)
    .map(([name, part]) => `${name} ${saidText(part)}`);
  return parts.join(", ");
}

function saidText(value) {
  if (value === null) return "taken back";
  if (Array.isArray(value)) return value.map(saidText).join(", ");
  return typeof value === "object" ? partsText(value) : told(value);
}

function limitText({ side, at, severity }) {
  return `${side === "low" ? "below" : "above"} ${brief(at)}: ${severity}`;
}

/** A band and limits of a channel, as on the card of limits. */
function channelText(value) {
  const { normal, limits, ...more } = value;
  return [
    normal && `${brief(normal[0])} to ${brief(normal[1])}`,
    ...(limits ?? []).map(limitText),
    partsText(more),
  ]
    .filter(Boolean)
    .join(" · ");
}

function lifeChange({ ended_ms: endedMs, began_ms: beganMs }, nowMs) {
  return endedMs
    ? `ended ${clock(endedMs, nowMs)}`
    : `begun ${clock(beganMs, nowMs)}`;
}

function stageChange({ stage, note }) {
  return [stageText(stage), note && `(${note})`].filter(Boolean).join(" ");
}

/** By what a change is of: how it is told. */
const TOLD = {
  channel: channelText,
  limits: channelText,
  life: lifeChange,
  stage: stageChange,
};

/** What was said before, the newest first: of which field, what, and by whom. */
export function changeRows({ changes = [] }, nowMs) {
  return changes.map((change, at) => {
    const isWhole = change.value !== null && typeof change.value === "object";
    const tell = (isWhole && TOLD[change.kind]) || saidText;
    return {
      key: at,
      what: LABELS[change.name] ?? wordsOf(change.name),
      text: tell(change.value, nowMs),
      who: changedText(change, nowMs),
    };
  });
}

function told(value) {
  return typeof value === "number" ? brief(value) : String(value ?? "nothing");
}

/** Why a setting is not as desired, as a sentence; nothing where it is, or nothing is desired. */
export function differenceText(setting, nowMs) {
  const { desired, reported, refused, differs_since_ms: since } = setting ?? {};
  if (!Number.isFinite(since)) return "";
  const says = refused
    ? `refuses it: ${refused}`
    : reported === null
      ? "has not said a word of it"
      : `has ${told(reported)}`;
  return `${told(desired)} is desired, the machine ${says}, since ${clock(since, nowMs)}.`;
}

/** The settings that there are, in a fixed order, each as the page shows it; `isTold`: somebody wants it,
 * or the machine says that it has it. */
export function settingRows(settings, nowMs) {
  return SETTINGS.map((known) => {
    const setting = settings?.[known.name];
    return {
      ...known,
      desired: setting?.desired ?? null,
      reported: setting ? told(setting.reported ?? null) : "–",
      isTold: (setting?.desired ?? setting?.reported ?? null) !== null,
      difference: differenceText(setting, nowMs),
    };
  });
}

/** The texts of the settings' form: what is desired. */
export function settingsForm(settings) {
  return Object.fromEntries(
    SETTINGS.map(({ name }) => [name, `${settings?.[name]?.desired ?? ""}`]),
  );
}

/** All that is desired, as the gateway takes it. Throws an Error whose message is a sentence. */
export function desiredOf(form) {
  const desired = {};
  for (const { name, label } of SETTINGS) {
    const text = form[name].trim();
    if (!text) continue;
    const value = Number(text);
    if (!Number.isFinite(value))
      throw new Error(`${label} must be a number, or empty to take it back.`);
    desired[name] = value;
  }
  return desired;
}
