import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cardFigures,
  figuresOfDay,
  plannedNames,
  stateOf,
} from "../web/card-view.mjs";

const device = (id, extra = {}) => ({
  id,
  asset: "pump",
  headline: [],
  plain: [],
  state: "",
  ...extra,
});

const WASHER = {
  title: "Washer",
  states: [
    {
      name: "state",
      values: [
        { name: "busy", title: "Washing", time_element: "producing" },
        { name: "broken", title: "", time_element: "down" },
        { name: "odd", title: "", time_element: null },
      ],
    },
  ],
  headlines: [
    { name: "energy_kwh", title: "Energy", unit: "kWh", decimals: 2 },
    { name: "oee_percent", title: "OEE", unit: "%", decimals: 1 },
  ],
  byChannel: {},
};

test("a card says what the machine does in the words of its type, or in its own", () => {
  const told = (state) => stateOf(device("w", { state }), WASHER);
  assert.deepEqual(told("busy"), { text: "Washing", severity: "sev-none" });
  assert.deepEqual(told("broken"), { text: "Broken", severity: "sev-high" });
  assert.deepEqual(told("odd"), { text: "Odd", severity: "sev-quiet" });
  assert.deepEqual(stateOf(device("w", { state: "busy" }), null), {
    text: "Busy",
    severity: "sev-quiet",
  });
  assert.equal(told(""), null);
});

test("a card has the headlines of its type, with a dash for what cannot be told", () => {
  const figures = cardFigures(device("w", { headline: [1.5, null] }), WASHER);
  assert.deepEqual(
    figures.map(({ title, text, unit }) => [title, text, unit]),
    [
      ["Energy", "1.50", "kWh"],
      ["OEE", "–", "%"],
    ],
  );
});

test("a card of a type without headlines has the first of what it measures", () => {
  const plain = [
    ["air_humidity", 41.234],
    ["co2", 512],
  ];
  const co2 = { title: "Carbon dioxide", unit: "ppm", decimals: 0 };
  const type = { headlines: [], byChannel: { co2 } };
  const figures = cardFigures(device("g", { plain }), type);
  assert.deepEqual(
    figures.map(({ title, text, unit }) => [title, text, unit]),
    [
      ["Air humidity", "41.23", ""],
      ["Carbon dioxide", "512", "ppm"],
    ],
  );
  assert.equal(cardFigures(device("g", { plain }), null).length, 2);
});

test("a headline of planned time is told of the day, and of no moment", () => {
  const oee = {
    name: "oee",
    title: "OEE",
    unit: "%",
    decimals: 0,
    planned: true,
  };
  const type = { headlines: [oee] };
  assert.deepEqual(plannedNames([device("a"), device("b")], { pump: type }), [
    "oee",
  ]);
  const today = figuresOfDay({
    groups: [{ name: "a", kpis: { oee: { value: [61.2] } } }],
  });
  const shown = (figures) => {
    const [figure] = cardFigures(
      device("a", { headline: [99] }),
      type,
      figures,
    );
    return [figure.title, figure.text];
  };
  assert.deepEqual(shown(today.a), ["OEE today", "61"]);
  assert.deepEqual(shown(undefined), ["OEE today", "–"]);
});
