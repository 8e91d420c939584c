import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assumptionsOf,
  byLabels,
  figuresOf,
  labelLines,
  machineLines,
  typesThatEarn,
} from "../web/business-view.mjs";

const kpi = (name, role, formula, more = {}) => ({
  name,
  role,
  formula,
  title: name,
  unit: "GBP",
  decimals: 1,
  goal: null,
  by: "",
  ...more,
});
const LAB = {
  name: "lab",
  labels: [{ name: "operator", title: "Operator", personal: true }],
  kpis: [
    kpi("payback", "payback", "cost / gain", { unit: "1" }),
    kpi("gain", "gain", "(target - use) * margin * revenue"),
    kpi("use", "utilisation", "time(state == running) / duration()", {
      unit: "%",
    }),
    kpi("revenue", "revenue", "increase(samples) * price"),
    kpi("pace", "productivity", "increase(samples)", {
      by: "operator",
      unit: "1/h",
    }),
    kpi("energy", "energy", "integral(power) * tariff"),
  ],
};

test("a page of business is of the types that have the roles, whatever they are called", () => {
  const types = { lab: LAB, fan: { name: "fan", kpis: [], labels: [] } };
  const devices = [{ asset: "lab" }, { asset: "fan" }, { asset: "lab" }];
  assert.deepEqual(typesThatEarn(devices, types), [LAB]);
  assert.deepEqual(
    figuresOf(LAB).map(({ name }) => name),
    ["use", "revenue", "gain", "payback"],
  );
  assert.equal(byLabels(LAB)[0].label.name, "operator");
});

test("what money is reckoned with is what its figures name, and those they name, and no other", () => {
  const words = new Set(assumptionsOf(LAB));
  for (const word of ["target", "margin", "price"]) assert.ok(words.has(word));
  assert.ok(!words.has("tariff"));
  assert.ok(!words.has("revenue"));
});

test("the best comes first, and what nobody told last", () => {
  const figure = (value) => ({
    unit: "1/h",
    value,
    low: value,
    high: value,
    coverage: 1,
    reason: value === null ? "it did not run" : null,
  });
  const told = (value, pace, ms = 60_000) => ({
    value,
    measured_ms: ms,
    kpis: { pace: figure(pace) },
  });
  const answer = {
    types: [
      {
        asset: "lab",
        values: [
          told(null, 99),
          told("P-A", 30),
          told("P-B", 48.25),
          told("P-C", null),
          told("P-D", 70, 0),
        ],
      },
    ],
  };
  const lines = labelLines(answer, LAB, LAB.kpis[4]);
  assert.deepEqual(
    lines.map(({ value, cell }) => [value, cell.text]),
    [
      ["P-B", "48.3"],
      ["P-A", "30.0"],
      ["P-C", "–"],
      [null, "99.0"],
    ],
  );
});

test("a machine without a figure is left out, one that cannot tell it says so", () => {
  const column = (value, reason) => ({
    unit: "%",
    value: [value],
    low: [value],
    high: [value],
    coverage: [1],
    reason: [reason],
  });
  const groups = [
    { name: "lab-1", kpis: { use: column(70, null) } },
    { name: "lab-2", kpis: { use: column(null, "nothing was measured") } },
    { name: "fan-1", kpis: {} },
  ];
  const lines = machineLines({ groups }, [LAB.kpis[2]]);
  assert.deepEqual(
    lines.map(({ device, cells }) => [device, cells[0].text, cells[0].reason]),
    [
      ["lab-1", "70.0", ""],
      ["lab-2", "–", "nothing was measured"],
    ],
  );
});
