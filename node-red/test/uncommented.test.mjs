import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { parse } from "@babel/parser";
import { splitComponent } from "../lib/sfc.mjs";
import {
  scriptWithoutComments,
  styleWithoutComments,
} from "../lib/uncommented.mjs";

const WEB = new URL("../web/", import.meta.url).pathname;

function scripts() {
  return ["", "pages/", "parts/"].flatMap((folder) =>
    readdirSync(WEB + folder)
      .filter((name) => /\.(?:mjs|vue)$/.test(name))
      .map((name) => [name, readFileSync(WEB + folder + name, "utf8")])
      .map(([name, text]) => [
        name,
        name.endsWith(".vue") ? splitComponent(text).script : text,
      ]),
  );
}

/** What a program is made of, wherever it stands. */
function words(source) {
  const { tokens } = parse(source, { sourceType: "module", tokens: true });
  return tokens
    .filter(({ type }) => !String(type).startsWith("Comment"))
    .map(({ type, value }) => [type.label, value]);
}

test("a page's modules say the same without their comments", () => {
  for (const [name, source] of scripts()) {
    const bare = scriptWithoutComments(source);
    assert.deepEqual(words(bare), words(source), name);
  }
});

test("comments are left behind, what looks like one in a text is not", () => {
  const source = `/** Why. */\nconst a = "// no"; // stays\n  // goes\n  /* and\n this */\nconst b = 1;\n`;
  assert.equal(
    scriptWithoutComments(source),
    'const a = "// no"; // stays\nconst b = 1;\n',
  );
  assert.equal(
    styleWithoutComments("/* why */\na {\n  /* and\n how */\n  top: 0;\n}\n"),
    "a {\n  top: 0;\n}\n",
  );
});
