/** Turns a `.vue` file into the ES module a browser imports, and its style into plain CSS. */

import { translatable } from "./translate.mjs";

function block(source, tag) {
  const open = source.search(new RegExp(`^<${tag}>`, "m"));
  const close = source.search(new RegExp(`^</${tag}>`, "m"));
  if (open < 0 || close < 0) return "";
  return source.slice(open + tag.length + 2, close).trim();
}

/** The three blocks of a single-file component; each tag starts a line, without attributes. */
export function splitComponent(source) {
  return {
    template: block(source, "template"),
    script: block(source, "script"),
    style: block(source, "style"),
  };
}

/**
 * JavaScript whose default export is the component with its template as a string, the text of which
 * is looked up in the browser's language.
 */
export function toModule(source, name) {
  const { template, script } = splitComponent(source);
  const parts = script.split(/^export default /m);
  if (!template || parts.length !== 2)
    throw new SyntaxError(
      `${name} needs a <template> and a <script> with one default export.`,
    );
  const [before, after] = parts;
  return `import { tr as tr_ } from "/app/language.mjs";
${before}const component = ${after}
component.template = ${JSON.stringify(translatable(template))};
component.methods = { tr_, ...component.methods };
export default component;
`;
}
