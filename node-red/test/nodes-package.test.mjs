import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { findProblems } from "../lib/assemble.mjs";

const ROOT = new URL("../nodes/", import.meta.url).pathname;
const read = (name) => readFileSync(ROOT + name, "utf8");
const { "node-red": red, dependencies } = JSON.parse(read("package.json"));
const TYPES = Object.keys(red.nodes);

function keys(value, path = "") {
  return Object.entries(value).flatMap(([key, item]) =>
    typeof item === "string" ? [path + key] : keys(item, `${path}${key}.`),
  );
}

/** The keys of words that a node's form asks for, by the rows that it is made of. */
function wordsOf(page) {
  const rows = page.matchAll(/edgetwin\.(?:text|choice|ticks)\(\s*"(\w+)"/g);
  const hints = page.matchAll(/text\("(\w+)"[^)]*hint: true/g);
  const mistakes = page.matchAll(/"(mistake\.\w+)"/g);
  return [
    ...[...rows].map(([, field]) => `label.${field}`),
    ...[...hints].map(([, field]) => `hint.${field}`),
    ...[...mistakes].map(([, key]) => key),
  ];
}

test("each node has its files, its help and its words in every language", () => {
  for (const [type, file] of Object.entries(red.nodes)) {
    assert.ok(existsSync(ROOT + file), file);
    const page = read(`${type}.html`);
    for (const help of [page, read(`locales/de/${type}.html`)])
      assert.match(help, new RegExp(`data-help-name="${type}"`));
    const english = JSON.parse(read(`locales/en-US/${type}.json`));
    const german = JSON.parse(read(`locales/de/${type}.json`));
    assert.deepEqual(keys(german), keys(english), type);
    for (const key of wordsOf(page))
      assert.ok(keys(english).includes(key), `${type}: ${key}`);
  }
});

test("the examples lead somewhere, use every node and hold no secret", () => {
  const files = readdirSync(`${ROOT}examples`);
  const nodes = files.flatMap((name) => JSON.parse(read(`examples/${name}`)));
  assert.deepEqual(findProblems(nodes), []);
  const used = new Set(nodes.map(({ type }) => type));
  for (const type of TYPES.filter((each) => each !== "edgetwin-server"))
    assert.ok(used.has(type), type);
  for (const node of nodes) assert.ok(!("credentials" in node), node.id);
});

test("what it needs is what Node-RED brings, in the same version", () => {
  const ours = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  assert.deepEqual(dependencies, { mqtt: `^${ours.dependencies.mqtt}` });
});
