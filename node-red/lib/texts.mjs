/** Every text that the pages can show: of their templates, and the sentences in their scripts. */

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { parse, parseExpression } from "@babel/parser";
import { splitComponent } from "./sfc.mjs";
import { textsOf } from "./translate.mjs";

const WEB = new URL("../web/", import.meta.url).pathname;
// Of a component: it hands them on to its own template.
const PROPS = /\s(?:text|title|label|hint)="([^":{}]*)"/g;
const LETTERS = /\p{L}{2}/u;
// A sentence or a part of one; what is a single word cannot be told from a name.
const SENTENCE =
  /\p{L}\p{L}+[,.:;]? .*\p{L}\p{L}|^\p{Lu}\p{Ll}+ \{|\} \p{Ll}{3,}/u;
const CODE = /px\b|\bsev-|\bis-|sans-serif|\[|^\(prefers|=>|^\/|\{\d\}\/|=/;

function isText(text) {
  return SENTENCE.test(text) && !CODE.test(text);
}

function textOf({ type, value, quasis }) {
  if (type === "StringLiteral") return value;
  if (type !== "TemplateLiteral") return "";
  return quasis
    .map((quasi) => quasi.value.cooked)
    .reduce((text, part, at) => `${text}{${at - 1}}${part}`);
}

function walk(node, found) {
  if (Array.isArray(node)) return node.forEach((each) => walk(each, found));
  if (!node || typeof node !== "object") return undefined;
  if (node.type === "ImportDeclaration") return undefined;
  const text = textOf(node).replace(/\s+/g, " ").trim();
  if (isText(text)) found.add(text);
  for (const [key, part] of Object.entries(node))
    if (!["loc", "extra"].includes(key)) walk(part, found);
  return undefined;
}

function ofScript(script, found) {
  walk(parse(script, { sourceType: "module" }).program, found);
}

function ofComponent(source, found) {
  const { template, script } = splitComponent(source);
  const { texts, expressions } = textsOf(template);
  for (const text of texts) found.add(text);
  for (const expression of expressions)
    walk(parseExpression(expression), found);
  for (const [, text] of template.matchAll(PROPS))
    if (LETTERS.test(text)) found.add(text.replace(/\s+/g, " "));
  ofScript(script, found);
}

/** Sorted; with {0}, {1} where something is filled in. */
export function allTexts() {
  const found = new Set();
  const files = ["", "pages", "parts"].flatMap((folder) =>
    readdirSync(path.join(WEB, folder)).map((name) => path.join(folder, name)),
  );
  for (const name of files) {
    const read = () => readFileSync(path.join(WEB, name), "utf8");
    if (name.endsWith(".vue")) ofComponent(read(), found);
    else if (name.endsWith(".mjs")) ofScript(read(), found);
  }
  return [...found].sort();
}
