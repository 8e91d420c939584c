import assert from "node:assert/strict";
import { test } from "node:test";
import { originOf, typeLine, typeTables } from "../web/types-view.mjs";

const WASHER = {
  name: "washer",
  title: "Washer",
  origin: "file",
  channels: [
    {
      name: "water",
      title: "Water",
      unit: "°C",
      low: 0,
      high: 100,
      normal: [20, 60],
      optional: true,
      limits: [{ side: "high", at: 95, severity: "High" }],
    },
  ],
  states: [
    {
      name: "state",
      title: "State",
      values: [
        { name: "busy", title: "Washing", time_element: "producing" },
        { name: "being_fixed", title: "", time_element: "planned_down" },
      ],
    },
  ],
  counters: [],
  events: [
    {
      name: "done",
      title: "Done",
      fields: [{ name: "load_kg", unit: "kg" }],
      words: ["who"],
    },
  ],
  kpis: [
    {
      name: "oee_percent",
      title: "OEE",
      unit: "%",
      goal: { at_least: 60, at_most: null },
      formula: "a * b",
      source: "ISO 22400-2",
      definition: "a * b: ISO 22400-2",
    },
    {
      name: "health",
      title: "Health",
      unit: "1",
      goal: null,
      formula: "",
      source: "",
      definition: "What is left\nof 100 %.\n\n::\n\n  more",
    },
  ],
  faults: [],
};

test("types: each has tables of what it has, and of nothing else", () => {
  const tables = typeTables(WASHER);
  assert.deepEqual(
    tables.map(({ name }) => name),
    ["channels", "states", "events", "kpis"],
  );
  const cells = Object.fromEntries(
    tables.map(({ name, rows }) => [name, rows.map((row) => row.cells)]),
  );
  assert.deepEqual(cells.channels[0], [
    "Water, where it has it",
    "°C",
    "20 to 60",
    "0 to 100",
    "above 95: High",
  ]);
  assert.equal(
    cells.states[0][1],
    "Washing (producing), Being fixed (planned down)",
  );
  assert.equal(cells.events[0][1], "Load kg in kg, Who");
  assert.deepEqual(cells.kpis[0], [
    "OEE",
    "%",
    "at least 60",
    "a * b",
    "ISO 22400-2",
  ]);
  assert.equal(tables[3].code, 3);
  assert.equal(cells.kpis[1][4], "What is left of 100 %.");
});

test("types: one line counts what a type has, and a word says where it comes from", () => {
  assert.equal(typeLine(WASHER), "1 channel, 1 state, 1 event, 2 figures");
  assert.equal(originOf(WASHER), "a file of this site");
  assert.equal(originOf({}), "");
});
