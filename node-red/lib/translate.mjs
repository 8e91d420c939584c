/**
 * Finds the text of a template, which is English, and has it looked up when it is drawn: `<b>Open
 * {{ count }}</b>` becomes `<b>{{ tr_("Open {0}", count) }}</b>`. What may not be translated stands
 * in `<code>` or below `translate="no"`; a name or a note of a person never is.
 */

import { NodeTypes, parse } from "@vue/compiler-dom";

const ATTRIBUTES = new Set(["aria-label", "title", "placeholder", "alt"]);
const KEPT = new Set(["code", "pre", "style", "script"]);
// What people and boards have named or said.
const SAID =
  /(^|[.\s])(id|device|called|who|by|user)$|^called(Of|As)\(|\.(location|address|version|release|model|firmware)$|\balarm\.note$/;
const LETTER = /\p{L}/u;

function quoted(text) {
  const escaped = text
    .replace(/\\/g, "\\\\")
    .replace(/'/g, "\\'")
    .replace(/"/g, "\\x22")
    .replace(/\n/g, "\\n");
  return `'${escaped}'`;
}

function isKept(node) {
  return (
    KEPT.has(node.tag) ||
    node.props?.some(
      ({ type, name, value }) =>
        type === NodeTypes.ATTRIBUTE &&
        name === "translate" &&
        value?.content === "no",
    )
  );
}

const isWords = ({ type }) =>
  type === NodeTypes.TEXT || type === NodeTypes.INTERPOLATION;

/** The runs of text and interpolations between elements. */
function runsOf(children) {
  const runs = [];
  let run = [];
  for (const child of [...children, null]) {
    if (child && isWords(child)) run.push(child);
    else if (run.length) {
      runs.push(run);
      run = [];
    }
  }
  return runs;
}

function isSaid(expression) {
  return SAID.test(expression.trim());
}

/** A run as one text with numbers for what is filled in: {text, values}. */
function textOf(run) {
  const values = [];
  const text = run
    .map((node) =>
      node.type === NodeTypes.TEXT
        ? node.content.replace(/\{(\d)/g, "{ $1")
        : `{${values.push(node.content.content) - 1}}`,
    )
    .join("")
    .replace(/\s+/g, " ");
  return { text, values };
}

function hasWords(run) {
  return run.some(
    ({ type, content }) => type === NodeTypes.TEXT && LETTER.test(content),
  );
}

/** What of a template is looked up, each {start, end, code, text}: a place, its new source, a key. */
function piecesOf(node, pieces) {
  if (isKept(node)) return pieces;
  for (const prop of node.props ?? []) attributePiece(prop, pieces);
  for (const run of runsOf(node.children ?? [])) {
    if (hasWords(run)) pieces.push(runPiece(run));
    else
      for (const part of run)
        if (part.type === NodeTypes.INTERPOLATION) lonePiece(part, pieces);
  }
  for (const child of node.children ?? [])
    if (child.type === NodeTypes.ELEMENT) piecesOf(child, pieces);
  return pieces;
}

function runPiece(run) {
  const { text, values } = textOf(run);
  const [, before, key, after] = /^(\s*)(.*?)(\s*)$/.exec(text);
  const given = values.map((value) =>
    isSaid(value) ? `, { said: ${value} }` : `, ${value}`,
  );
  return {
    start: run[0].loc.start.offset,
    end: run.at(-1).loc.end.offset,
    // A space by itself at the edge of an element would be dropped.
    code: `{{ ${before && "' ' + "}tr_(${quoted(key)}${given.join("")})${after && " + ' '"} }}`,
    text: key,
  };
}

function lonePiece({ content, loc }, pieces) {
  if (isSaid(content.content)) return;
  pieces.push({
    start: loc.start.offset,
    end: loc.end.offset,
    code: `{{ tr_(${content.content}) }}`,
    expression: content.content,
  });
}

function attributePiece(prop, pieces) {
  const { start, end } = prop.loc;
  const place = { start: start.offset, end: end.offset };
  if (prop.type === NodeTypes.ATTRIBUTE) {
    if (!ATTRIBUTES.has(prop.name) || !LETTER.test(prop.value?.content ?? ""))
      return;
    const text = prop.value.content.replace(/\s+/g, " ");
    const code = `:${prop.name}="tr_(${quoted(text)})"`;
    pieces.push({ ...place, code, text });
  } else if (prop.name === "bind" && ATTRIBUTES.has(prop.arg?.content)) {
    const expression = prop.exp.content;
    if (isSaid(expression)) return;
    const code = `:${prop.arg.content}="tr_(${expression})"`;
    pieces.push({ ...place, code, expression });
  }
}

function pieces(template) {
  return piecesOf(parse(template, { comments: true }), []);
}

/** The template that looks its text up. */
export function translatable(template) {
  return pieces(template)
    .sort((a, b) => b.start - a.start)
    .reduce(
      (source, { start, end, code }) =>
        source.slice(0, start) + code + source.slice(end),
      template,
    );
}

/** The texts of a template as they are looked up, and the expressions that bring others. */
export function textsOf(template) {
  const found = pieces(template);
  return {
    texts: found.flatMap(({ text }) => text ?? []),
    expressions: found.flatMap(({ expression }) => expression ?? []),
  };
}
