import assert from "node:assert/strict";
import { test } from "node:test";
import {
  byDevice,
  doesText,
  grouped,
  headline,
  namesOfRole,
} from "../web/operations-view.mjs";

const value = (name, element) => ({ name, title: "", time_element: element });
const TYPE = {
  states: [
    {
      name: "state",
      values: [
        value("running", "producing"),
        value("idle", "standby"),
        value("error", "down"),
      ],
    },
  ],
  kpis: [{ name: "use", role: "utilisation" }, { name: "other" }],
};
const FAN = { states: [], kpis: [] };
const typeOf = (asset) => (asset === "fan" ? FAN : TYPE);
const machine = (id, state, more = {}) => ({
  id,
  asset: "lab",
  status: "online",
  fresh: true,
  state,
  alarms: 0,
  maintenance: null,
  ...more,
});
const DEVICES = [
  machine("a", "running"),
  machine("b", "idle", { alarms: 2 }),
  machine("c", "error"),
  machine("d", "running", { fresh: false, seenMs: 1 }),
  machine("e", "running", { maintenance: { since_ms: 1 } }),
  machine("f", "", { asset: "fan" }),
  machine("g", "", { status: "unknown", fresh: false, importedMs: 1e12 }),
];

test("machines stand by what their time counts as, trouble first, and none is left out", () => {
  const found = grouped(DEVICES, typeOf);
  assert.deepEqual(
    found.map(({ name, devices }) => [name, devices.map(({ id }) => id)]),
    [
      ["down", ["c"]],
      ["silent", ["d"]],
      ["planned_down", ["e"]],
      ["producing", ["a"]],
      ["standby", ["b"]],
      ["other", ["f"]],
      ["imported", ["g"]],
    ],
  );
});

test("what a silent machine did last is not what it does", () => {
  assert.equal(doesText(DEVICES[3], TYPE), "Silent");
  assert.notEqual(doesText(DEVICES[0], TYPE), "Silent");
});

test("of a machine that was imported is said of when its newest reading is", () => {
  const said = doesText(DEVICES[6], TYPE, 1e12 + 1000);
  assert.match(said, /^newest reading of \d\d:\d\d/);
  assert.equal(headline(DEVICES, typeOf, {}).telling, 5);
});

test("the mean is of the machines of which it is known, and says of how many", () => {
  const { mean, of, alarms } = headline(DEVICES, typeOf, { a: 80, b: 20 });
  assert.deepEqual([mean, of, alarms], ["50 %", 2, 2]);
  assert.equal(headline(DEVICES, typeOf, {}).mean, "–");
});

test("who is active is told of those that tell what they do, heard or not", () => {
  const silent = { fresh: false, seenMs: 1 };
  const more = [
    machine("g", "", { asset: "fan", ...silent }),
    machine("h", "a word of its own"),
  ];
  const { active, telling } = headline([...DEVICES, ...more], typeOf, {});
  assert.deepEqual([active, telling], [1, 5]);
});

test("use is found by its role, whatever the type calls it", () => {
  assert.deepEqual(namesOfRole([TYPE, FAN, undefined], "utilisation"), ["use"]);
  const column = (one) => ({ value: [one] });
  const groups = [
    { name: "a", kpis: { use: column(75) } },
    { name: "b", kpis: { use: column(null) } },
    { name: "f", kpis: {} },
  ];
  assert.deepEqual(byDevice({ groups }, ["use"]), { a: 75 });
});
