/** The pages' font with the weights and letters that they use: 30 KB in place of 48. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import subsetFont from "subset-font";

const require = createRequire(import.meta.url);
// Latin, punctuation and signs; a browser takes other letters from a font of its own.
const RANGES = [
  [0x20, 0x7e],
  [0xa0, 0xff],
  [0x131, 0x131],
  [0x152, 0x153],
  [0x2bb, 0x2bc],
  [0x2c6, 0x2c6],
  [0x2da, 0x2da],
  [0x2dc, 0x2dc],
  [0x304, 0x304],
  [0x308, 0x308],
  [0x2000, 0x206f],
  [0x20ac, 0x20ac],
  [0x2122, 0x2122],
  [0x2190, 0x2193],
  [0x2212, 0x2215],
];
/** As `web/base.css` says. */
export const WEIGHTS = { min: 400, max: 700 };

function letters() {
  return RANGES.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, at) =>
      String.fromCodePoint(first + at),
    ),
  ).join("");
}

let font = null;

/** The font, woff2, made when it is first asked for. */
export function textFont() {
  font ??= makeFont();
  return font;
}

function makeFont() {
  const about = require.resolve("@fontsource-variable/inter/package.json");
  const whole = new URL(
    "files/inter-latin-wght-normal.woff2",
    `file://${about}`,
  );
  return subsetFont(readFileSync(whole), letters(), {
    targetFormat: "woff2",
    variationAxes: { wght: WEIGHTS },
  });
}
