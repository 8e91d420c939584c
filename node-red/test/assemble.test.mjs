import assert from "node:assert/strict";
import { test } from "node:test";
import {
  FlowError,
  assemble,
  findProblems,
  functionBody,
} from "../lib/assemble.mjs";

const WORDS = { site: "hall", gatewayUrl: "http://127.0.0.1:8000" };

test("the project's flows assemble, the same way each time", () => {
  const once = assemble(WORDS);
  assert.deepEqual(assemble(WORDS), once);
  const topics = once
    .filter((node) => node.type === "mqtt in")
    .map((node) => node.topic);
  assert.deepEqual(topics, [
    "edgetwin/v1/hall/+/birth",
    "edgetwin/v1/hall/+/status",
    "edgetwin/v1/hall/+/state",
    "edgetwin/v1/hall/+/diagnosis",
    "edgetwin/v1/hall/+/alarm",
  ]);
  assert.ok(!JSON.stringify(once).includes("{gatewayUrl}"));
});

test("every page has its template, and nothing in the flows holds a password", () => {
  const nodes = assemble(WORDS);
  const formats = nodes
    .filter((node) => node.type === "ui-template")
    .map((node) => node.format);
  for (const page of ["fleet", "machine", "energy", "faults"])
    assert.ok(
      formats.some((format) => format.includes(`/app/pages/${page}.vue`)),
    );
  assert.ok(nodes.every((node) => !("credentials" in node)));
});

test("a wire, a group or a scope into nothing is named", () => {
  const nodes = [
    { id: "a", type: "inject", z: "t", wires: [["b"]] },
    { id: "c", type: "ui-template", z: "t", group: "g", wires: [] },
    { id: "d", type: "status", z: "t", scope: ["e"], wires: [] },
    { id: "t", type: "tab" },
  ];
  const problems = findProblems(nodes);
  assert.equal(problems.length, 3);
  assert.match(problems[0], /a is wired to b/);
  assert.match(problems[1], /c\.group names g/);
  assert.match(problems[2], /d\.scope names e/);
});

test("two nodes with one id, too many outputs and broken code are named", () => {
  const node = {
    id: "f",
    type: "function",
    outputs: 1,
    func: "return msg",
    wires: [[], []],
  };
  const problems = findProblems([node, { ...node, func: "return (" }]);
  assert.ok(problems.some((text) => text.includes("f is the id of two nodes")));
  assert.ok(
    problems.some((text) => text.includes("1 outputs but 2 are wired")),
  );
  assert.ok(problems.some((text) => text.includes("Unexpected")));
});

test("a function file becomes a body that calls its default export", () => {
  const body = functionBody(
    "export const two = 2;\nexport default function twice(msg) {\n  return msg * two;\n}\n",
    "twice.mjs",
  );
  assert.equal(new Function("msg", "flow", "env", "node", body)(21), 42);
  assert.throws(() => functionBody("const a = 1;", "a.mjs"), FlowError);
});
