/** Puts the tabs in flows/, the functions and the templates together into Node-RED's flows file. */

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

const ROOT = new URL("../", import.meta.url).pathname;
// Fields of these names that are no node's id.
const NO_REFERENCES = new Set([
  "mqtt-broker.broker",
  "edgetwin-server.broker",
  "edgetwin-machine.group",
  "edgetwin-kpis.group",
]);
const REFERENCES = ["z", "group", "page", "ui", "theme", "broker", "d"];

/** The flows contradict themselves; `problems` lists every contradiction. */
export class FlowError extends Error {
  constructor(problems) {
    super(`The flows cannot be assembled:\n  ${problems.join("\n  ")}`);
    this.problems = problems;
  }
}

/** A function node's body: the module's functions, then a call of its default export. */
export function functionBody(source, file) {
  const main = /^export default function (\w+)\(/m.exec(source);
  if (!main)
    throw new FlowError([`${file} has no "export default function name(".`]);
  const body = source.replace(/^export (default )?/gm, "");
  return `${body}\nreturn ${main[1]}(msg, { flow, env, node });\n`;
}

function fillIn(value, words) {
  if (Array.isArray(value)) return value.map((item) => fillIn(item, words));
  if (typeof value !== "string") return value;
  return value.replace(/\{(site|gatewayUrl)\}/g, (_match, word) => words[word]);
}

function readNode(node, { words, root }) {
  const filled = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, fillIn(value, words)]),
  );
  if (node.type === "function") {
    const file = path.join("functions", node.func);
    filled.func = functionBody(
      readFileSync(path.join(root, file), "utf8"),
      file,
    );
  }
  if (node.type === "ui-template") {
    const format = readFileSync(
      path.join(root, "templates", "host.vue"),
      "utf8",
    );
    filled.format = format.replace("MODULE", node.format);
  }
  return filled;
}

function namedNodes(node) {
  const keys = REFERENCES.filter(
    (key) => node[key] && !NO_REFERENCES.has(`${node.type}.${key}`),
  );
  const listed = Array.isArray(node.scope) ? node.scope : [];
  const scope = listed.map((target) => ["scope", target]);
  return [...keys.map((key) => [key, node[key]]), ...scope];
}

function danglingReferences(node, ids) {
  const named = namedNodes(node)
    .filter(([, target]) => !ids.has(target))
    .map(
      ([key, target]) =>
        `${node.id}.${key} names ${target}, which does not exist.`,
    );
  const wired = (node.wires ?? [])
    .flat()
    .filter((target) => !ids.has(target))
    .map((target) => `${node.id} is wired to ${target}, which does not exist.`);
  return [...named, ...wired];
}

function tooManyWires(node) {
  if (node.type !== "function" || (node.wires?.length ?? 0) <= node.outputs)
    return [];
  return [
    `${node.id} has ${node.outputs} outputs but ${node.wires.length} are wired.`,
  ];
}

function unparsable(node) {
  if (node.type !== "function") return [];
  try {
    new Function("msg", "flow", "env", "node", node.func);
    return [];
  } catch (error) {
    return [`${node.id}: ${error.message}`];
  }
}

/** Every contradiction in a list of nodes, as sentences. */
export function findProblems(nodes) {
  const ids = new Set(nodes.map((node) => node.id));
  const twice = nodes
    .filter(
      (node, index) =>
        nodes.findIndex((other) => other.id === node.id) !== index,
    )
    .map((node) => `${node.id} is the id of two nodes.`);
  const each = nodes.flatMap((node) => [
    ...danglingReferences(node, ids),
    ...tooManyWires(node),
    ...unparsable(node),
  ]);
  return [...twice, ...each];
}

/** The nodes of every tab, in the order of the file names. Throws FlowError. */
export function assemble(words, root = ROOT) {
  const folder = path.join(root, "flows");
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const nodes = files
    .sort()
    .flatMap((name) =>
      JSON.parse(readFileSync(path.join(folder, name), "utf8")),
    )
    .map((node) => readNode(node, { words, root }));
  const problems = findProblems(nodes);
  if (problems.length > 0) throw new FlowError(problems);
  return nodes;
}
