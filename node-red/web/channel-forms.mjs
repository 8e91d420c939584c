/** A channel of a machine that is described by itself, as a form and as the gateway takes it. Pure. */

import { brief, unitText } from "./format.mjs";

export const SIDES = [
  { value: "high", text: "above" },
  { value: "low", text: "below" },
];
export const SEVERITIES_OF_LIMITS = ["Low", "Medium", "High", "Critical"];
export const MOST_LIMITS = SIDES.length; // one a side

const NUMBERS = {
  at: "The limit",
  hysteresis: "The way back",
  delay_s: "The delay",
};

function textOf(value) {
  return Number.isFinite(value) ? String(value) : "";
}

function limitForm(limit) {
  const numbers = Object.keys(NUMBERS).map((name) => [
    name,
    textOf(limit[name]),
  ]);
  return { ...limit, ...Object.fromEntries(numbers) };
}

/** What a limit beside these begins with: on a side that has none. */
export function newLimit(limits = []) {
  const taken = limits.map(({ side }) => side);
  return limitForm({
    side: SIDES.find(({ value }) => !taken.includes(value))?.value ?? "high",
    at: null,
    hysteresis: 0,
    delay_s: 5,
    severity: "Medium",
    advice: "",
  });
}

/** The form's texts of a channel. */
export function channelForm(channel) {
  const [least, most] = channel.normal ?? [];
  return {
    title: channel.title,
    unit: unitText(channel.unit),
    decimals: textOf(channel.decimals),
    least: textOf(least),
    most: textOf(most),
    limits: (channel.limits ?? []).map(limitForm),
  };
}

function numberOf(text, what) {
  const value = Number(text.trim().replace(",", "."));
  if (!text.trim() || !Number.isFinite(value))
    throw new Error(`${what} must be a number.`);
  return value;
}

function bandOf({ least, most }) {
  if (!least.trim() && !most.trim()) return null;
  const what = "Each end of the normal band";
  return [numberOf(least, what), numberOf(most, what)];
}

function limitOf(form) {
  const numbers = Object.entries(NUMBERS).map(([name, what]) => [
    name,
    numberOf(form[name], what),
  ]);
  const { side, severity, advice } = form;
  const limit = { side, ...Object.fromEntries(numbers), severity, advice };
  return form.while_stopped ? { ...limit, while_stopped: true } : limit;
}

function saidOf(form) {
  return {
    title: form.title.trim() || null,
    unit: form.unit.trim() || null,
    decimals: form.decimals.trim()
      ? numberOf(form.decimals, "The number of decimals")
      : null,
    normal: bandOf(form),
    limits: form.limits.map(limitOf),
  };
}

/**
 * What the form changes of a channel: what is emptied is left to the machine again. Throws an Error
 * whose message is a sentence.
 */
export function channelPatch(form, channel) {
  const [before, after] = [saidOf(channelForm(channel)), saidOf(form)];
  const changed = Object.keys(after).filter(
    (name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]),
  );
  return Object.fromEntries(changed.map((name) => [name, after[name]]));
}

/**
 * {normal, limits} of a machine's own, as the form has them; what is as its type has it is left to
 * that. Throws an Error whose message is a sentence.
 */
export function ownBounds(form, { type_normal: normal, type_limits: limits }) {
  const said = { normal: bandOf(form), limits: form.limits.map(limitOf) };
  const ofType = {
    normal,
    limits: (limits ?? []).map((limit) => limitOf(limitForm(limit))),
  };
  const own = Object.entries(said).map(([name, what]) => [
    name,
    JSON.stringify(what) === JSON.stringify(ofType[name]) ? null : what,
  ]);
  return Object.fromEntries(own);
}

const PARTS = ["limits", "normal", "decimals", "unit", "title"];
const WORDS = {
  limits: /limit|hysteresis|delay|severity|advice|way back/i,
  normal: /normal/i,
  decimals: /decimals/i,
  unit: /\bunit\b/i,
  title: /\btitle\b/i,
};

/** The part of the form that a sentence is about; empty where it names none. */
export function partOf(sentence) {
  return PARTS.find((part) => WORDS[part].test(sentence)) ?? "";
}

/** A channel in one line: its unit, what is normal, and how many limits it has. */
export function channelText(channel) {
  const { unit, normal, limits = [] } = channel;
  const band = normal?.every(Number.isFinite)
    ? `normal ${brief(normal[0])} to ${brief(normal[1])}`
    : "";
  const count = limits.length === 1 ? "1 limit" : `${limits.length} limits`;
  const parts = [unitText(unit) || "no unit", band, limits.length ? count : ""];
  return parts.filter(Boolean).join(" · ");
}

/** A title as the name of a type: "Green house 2" becomes "green_house_2". */
export function typeName(title) {
  return title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "") // accents
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "");
}
