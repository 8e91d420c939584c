/** Every colour is one of colours.css, and text can be read in both themes. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

const WEB = new URL("../web/", import.meta.url).pathname;
const LEAST = 4.5; // to 1, WCAG 2.2 AA for text
const SEVERITIES = ["none", "low", "medium", "high", "critical"];
const INKS = ["text", "muted", "faint", "accent", ...SEVERITIES];
const GROUNDS = ["bg", "nav", "panel", "raised", "sunken"];
const TINT = 0.13; // of a chip's ground, see base.css

const css = readFileSync(`${WEB}colours.css`, "utf8");
const colours = Object.fromEntries(
  [...css.matchAll(/--([a-z0-9-]+): light-dark\((#\w+), (#\w+)\);/g)].map(
    ([, name, light, dark]) => [name, { light: rgb(light), dark: rgb(dark) }],
  ),
);

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function luminance(colour) {
  const [red, green, blue] = colour
    .map((part) => part / 255)
    .map((part) =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
    );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [low, high] = [one, other].map(luminance).sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function mixed(ink, ground, share) {
  return ink.map((part, at) => part * share + ground[at] * (1 - share));
}

function tooFaint(theme) {
  const of = (name) => colours[name][theme];
  const plain = INKS.flatMap((ink) =>
    GROUNDS.map((ground) => [`${ink} on ${ground}`, of(ink), of(ground)]),
  );
  const chips = [...SEVERITIES, "muted", "faint"].flatMap((ink) =>
    ["panel", "raised", "nav"].map((ground) => [
      `${ink} as a chip on ${ground}`,
      of(ink),
      mixed(of(ink), of(ground), TINT),
    ]),
  );
  const grounds = [...SEVERITIES, "state-producing"].map((ground) => [
    `on-severity on ${ground}`,
    of("on-severity"),
    of(ground),
  ]);
  const buttons = ["text", "muted"].flatMap((ink) =>
    ["hover", "pressed"].map((ground) => [
      `${ink} on ${ground}`,
      of(ink),
      of(ground),
    ]),
  );
  return [...plain, ...chips, ...grounds, ...buttons]
    .filter(([, ink, ground]) => contrast(ink, ground) < LEAST)
    .map(([name, ink, ground]) => `${name}: ${contrast(ink, ground)}`);
}

for (const theme of ["light", "dark"])
  test(`text can be read in the ${theme} theme`, () => {
    assert.deepEqual(tooFaint(theme), []);
  });

test("no other file has a colour of its own", () => {
  const own = ["", "pages/", "parts/"]
    .flatMap((folder) =>
      readdirSync(WEB + folder).map((name) => `${folder}${name}`),
    )
    .filter((name) => /\.(css|vue|mjs)$/.test(name) && name !== "colours.css")
    .flatMap((name) => {
      const text = readFileSync(WEB + name, "utf8");
      const found = text.match(/#[\da-f]{3,8}\b(?=[;, )"'])|\brgba?\(/gi) ?? [];
      return found.map((colour) => `${name}: ${colour}`);
    });
  // The bar of a phone's browser takes no variable.
  assert.deepEqual(own, ["theme.mjs: #ffffff", "theme.mjs: #0d121a"]);
});

test("the bar of a phone's browser has the colour of the header", () => {
  const theme = readFileSync(`${WEB}theme.mjs`, "utf8");
  const [, light, dark] = /BARS = \{ light: "(#\w+)", dark: "(#\w+)" \}/.exec(
    theme,
  );
  assert.deepEqual({ light: rgb(light), dark: rgb(dark) }, colours.nav);
});
