/** Dashboard's icon font with the icons of our pages alone: 5 KB in place of 400. */

import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import subsetFont from "subset-font";
import { dashboardAssets, dashboardStyles } from "./dashboard-files.mjs";

const ROOT = new URL("../../", import.meta.url).pathname;
// Templates name icons, and so do the types of machines, and pages for Dashboard's own navigation.
const NAMED_IN = ["node-red/web", "node-red/flows", "contract/assets"];
const NAME = /\bmdi-[a-z0-9-]+/g;
const OF_PAGE = /"icon": "([a-z0-9-]+)"/g;

function texts(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return texts(file);
    return /\.(vue|mjs|json|py)$/.test(entry.name)
      ? [readFileSync(file, "utf8")]
      : [];
  });
}

/** The names of the icons that our pages draw, sorted. */
export function iconNames() {
  const found = NAMED_IN.flatMap((folder) =>
    texts(path.join(ROOT, folder)),
  ).flatMap((text) => [
    ...(text.match(NAME) ?? []),
    ...[...text.matchAll(OF_PAGE)].map(([, name]) => `mdi-${name}`),
  ]);
  return [...new Set(found)].sort();
}

function codes() {
  const styles = dashboardStyles();
  const rule =
    /\.(mdi-[a-z0-9-]+):{1,2}before\{content:"(?:\\([\da-f]+)|(.))"\}/giu;
  return Object.fromEntries(
    [...styles.matchAll(rule)].map(([, name, hex, letter]) => [
      name,
      hex ? parseInt(hex, 16) : letter.codePointAt(0),
    ]),
  );
}

/** The code points of those icons, in the order of their names; what there is not is left out. */
export function iconCodes() {
  const known = codes();
  return iconNames()
    .map((name) => known[name])
    .filter((code) => code !== undefined);
}

/** CSS that puts the small font before Dashboard's whole one, which stays for all other icons. */
export function iconFace() {
  const range = iconCodes().map((code) => `U+${code.toString(16)}`);
  return `@font-face {
  font-family: "Material Design Icons";
  src: url("icons.woff2") format("woff2");
  unicode-range: ${range.join(", ")};
}`;
}

let font = null;

/** The font, woff2, made when it is first asked for. */
export function iconFont() {
  font ??= makeFont();
  return font;
}

function makeFont() {
  const whole = readdirSync(dashboardAssets()).find((name) =>
    /^materialdesignicons-webfont-.*\.ttf$/.test(name),
  );
  const letters = String.fromCodePoint(...iconCodes());
  return subsetFont(
    readFileSync(path.join(dashboardAssets(), whole)),
    letters,
    { targetFormat: "woff2" },
  );
}
