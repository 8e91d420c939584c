import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import {
  apart,
  refusal,
  switchedOff,
  theirsOf,
  trespasses,
} from "../lib/own-tabs.mjs";
import { createStarts } from "../lib/starts.mjs";

const OURS = [
  { id: "tab-live", type: "tab", label: "Live", locked: true },
  {
    id: "in",
    type: "mqtt in",
    name: "state",
    z: "tab-live",
    qos: "1",
    wires: [["f"]],
  },
  { id: "f", type: "function", name: "remember", z: "tab-live", wires: [] },
];
const MINE = [
  { id: "mine", type: "tab", label: "Mine" },
  { id: "a", type: "inject", z: "mine", wires: [["b"]] },
  { id: "b", type: "debug", z: "mine", wires: [] },
  { id: "c", type: "mqtt-broker", broker: "lamps" },
];

function changed(id, words) {
  return [...OURS.map((n) => (n.id === id ? { ...n, ...words } : n)), ...MINE];
}

test("what is ours may come back as the editor writes it", () => {
  const added = { env: [], info: "", disabled: false, d: undefined, qos: 1 };
  assert.deepEqual(trespasses(OURS, changed("in", added)), []);
  assert.deepEqual(theirsOf(OURS, changed("in", added)), MINE);
});

test("changed, switched off, unlocked, rewired, deleted: each is named", () => {
  for (const [id, words] of [
    ["in", { qos: "2" }],
    ["in", { d: true }],
    ["in", { x: 10 }],
    ["in", { wires: [["f", "b"]] }],
    ["in", { wires: [] }],
    ["tab-live", { locked: false }],
    ["tab-live", { disabled: true }],
  ])
    assert.match(trespasses(OURS, changed(id, words)).join(), /was changed$/);
  const left = [...OURS.slice(0, 2), ...MINE];
  assert.deepEqual(trespasses(OURS, left), [
    '"remember" (function) was deleted',
  ]);
  const guest = { id: "g", type: "comment", z: "tab-live" };
  assert.match(trespasses(OURS, [...OURS, guest]).join(), /"g" \(comment\) st/);
});

test("the sentence names five and counts the rest", () => {
  const text = refusal(trespasses(OURS, []));
  assert.match(text, /^Nothing was deployed: "Live" \(tab\) was deleted, /);
  assert.match(refusal(["a", "b", "c", "d", "e", "f", "g"]), /e and 2 more/);
});

test("an id that we come to use leaves the user's node with another, and its wires", () => {
  const ours = [...OURS, { id: "b", type: "tab" }];
  const { theirs, clashes } = apart(ours, MINE);
  assert.deepEqual(theirs[1].wires, [["b-of-yours"]]);
  assert.equal(theirs[2].id, "b-of-yours");
  assert.deepEqual(clashes, [
    "b is the id of a node of yours too: yours is b-of-yours now.",
  ]);
  assert.equal(apart(OURS, MINE).theirs, MINE);
});

test("switched off are tabs, and what stands on none", () => {
  const off = switchedOff(MINE);
  assert.deepEqual(off[0], { ...MINE[0], disabled: true });
  assert.deepEqual(off.slice(1, 3), MINE.slice(1, 3));
  assert.deepEqual(off[3], { ...MINE[3], d: true });
});

test("starts are counted until one ends well", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "starts-"));
  try {
    const starts = createStarts(path.join(folder, "run", "bad"));
    assert.deepEqual(
      [starts.begin(), starts.begin(), starts.begin()],
      [0, 1, 2],
    );
    starts.end();
    assert.equal(starts.begin(), 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
