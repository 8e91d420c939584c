import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { textFont, WEIGHTS } from "../lib/text-font.mjs";

test("the font of the pages is small and has the weights that they name", async () => {
  const font = await textFont();
  assert.equal(font.subarray(0, 4).toString(), "wOF2");
  assert.ok(font.length > 15_000 && font.length < 32_000, `${font.length}`);
  const styles = readFileSync(new URL("../web/base.css", import.meta.url));
  const { min, max } = WEIGHTS;
  assert.match(String(styles), new RegExp(`font-weight: ${min} ${max};`));
});
