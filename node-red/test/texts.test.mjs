import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { allTexts } from "../lib/texts.mjs";
import { dictionary } from "../web/dictionary.mjs";

const LANGUAGES = new URL("../web/languages/", import.meta.url).pathname;
const holes = (text) => (text.match(/\{\d\}/g) ?? []).sort();

for (const name of readdirSync(LANGUAGES)) {
  const words = JSON.parse(readFileSync(LANGUAGES + name, "utf8"));
  const tr = dictionary(words, "de-DE");

  test(`${name} has every text of the pages`, () => {
    // What is put together of known parts is known.
    const filled = (text) => text.replace(/\{\d\}/g, "7");
    const missing = allTexts().filter(
      (text) => !(text in words) && tr(filled(text)) === filled(text),
    );
    assert.deepEqual(
      missing,
      [],
      `Add to web/languages/${name}: ${JSON.stringify(missing, null, 2)}`,
    );
  });

  test(`${name} fills the same holes as English`, () => {
    const wrong = Object.entries(words).filter(
      ([key, value]) => String(holes(key)) !== String(holes(value)),
    );
    assert.deepEqual(wrong, []);
  });
}
