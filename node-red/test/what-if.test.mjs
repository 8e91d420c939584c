import assert from "node:assert/strict";
import { test } from "node:test";
import { postLines } from "../web/api.mjs";
import {
  answerView,
  inputRows,
  mostOfNone,
  paramRows,
  questionOf,
  SPANS,
} from "../web/what-if.mjs";

const NONE = { choices: [], channel: "", setting: "", param: "" };
const INPUTS = [
  {
    ...NONE,
    name: "set_point",
    title: "Set point",
    unit: "rpm",
    low: 600,
    high: 1600,
    decimals: 0,
    default: 1200,
    setting: "set_point",
  },
  {
    ...NONE,
    name: "ambient",
    title: "Ambient",
    unit: "°C",
    low: 0,
    high: 50,
    decimals: 1,
    default: 22,
    channel: "ambient",
  },
  {
    ...NONE,
    name: "users",
    title: "Users",
    unit: "1",
    low: 0,
    high: 500,
    decimals: 0,
    default: 12,
    param: "users",
  },
  {
    ...NONE,
    name: "regime",
    title: "Heater",
    unit: "",
    low: 0,
    high: 0,
    decimals: 0,
    default: "always",
    choices: ["always", "eco"],
  },
];
const STATE = {
  settings: { set_point: { reported: 900 } },
  values: { ambient: 23.456 },
};
const PARAMS = {
  users: { title: "Users", unit: "1", value: 30 },
  price_per_kwh: { title: "Tariff", unit: "GBP/kWh", value: 0.3 },
};
const band = (value, low, high) => ({ value, low, high });

test("each input begins where the machine is, else where it usually is", () => {
  const rows = inputRows(INPUTS, STATE, PARAMS);
  assert.deepEqual(
    rows.map(({ start, now, step }) => [start, now, step]),
    [
      [900, "900 rpm", 1],
      [23.5, "23.5 °C", 0.1],
      [30, "30", 1],
      ["always", "", 1],
    ],
  );
  assert.equal(inputRows(INPUTS, null, null)[0].start, 1200);
});

test("only what is not as it was is asked, and no text where a number belongs", () => {
  const rows = inputRows(INPUTS, STATE, PARAMS);
  const params = paramRows(PARAMS, INPUTS);
  assert.deepEqual(
    params.map(({ name }) => name),
    ["price_per_kwh"],
  );
  const told = { set_point: 700, ambient: 23.5, users: 30, regime: "eco" };
  const asked = (text) =>
    questionOf(
      { hours: 8, told, tried: { price_per_kwh: text } },
      rows,
      params,
    );
  assert.deepEqual(asked("0,25"), {
    hours: 8,
    seeds: 12,
    inputs: { set_point: 700, regime: "eco" },
    params: { price_per_kwh: 0.25 },
    progress: true,
  });
  for (const text of ["", " ", "much", "0.3", undefined])
    assert.deepEqual(asked(text).params, {});
});

test("no span asks for more steps of a second than the service takes at once", () => {
  const most = 4_000_000; // MOST_STEPS in inference/simulation/asked.py
  for (const { hours, seeds } of SPANS)
    assert.ok(2 * seeds * (3600 * hours + 1) <= most, `${hours} hours`);
});

test("differences have a sign, a range, and a word for less and more", () => {
  const mean = {
    name: "temperature",
    title: "Temperature",
    unit: "°C",
    decimals: 1,
    now: band(40, 39, 41),
    then: band(44.26, 43, 45),
    delta: band(4.26, 4, 5),
  };
  const view = answerView({
    delta: {
      kwh: { ...band(-0.0342, -0.0364, -0.032), unit: "kWh" },
      cost: { ...band(0.5, 0.4, 0.6), unit: "GBP" },
      co2_kg: null,
    },
    channels: [mean],
    figures: [
      { ...mean, name: "energy_wh", role: "energy" },
      { ...mean, name: "mtbf_h", role: "reliability", then: band(null) },
      { ...mean, name: "services", role: "output", delta: band(1, -1, 2) },
    ],
    chances: [
      {
        kind: "limit",
        name: "temperature_high",
        label: "Temperature high",
        now: null,
        then: band(0.25, 0.1, 0.5),
      },
      {
        kind: "fault",
        name: "fault_overuse",
        label: "Overuse",
        now: null,
        then: band(1, 0.8, 1),
      },
    ],
    seeds: 12,
  });
  assert.deepEqual(
    view.saved.map(({ text, unit, band, css }) => [text, unit, band, css]),
    [
      ["−0.0342", "kWh", "−0.0364 to −0.032", "falls"],
      ["+£0.5000", "", "+£0.4000 to +£0.6000", "rises"],
    ],
  );
  assert.deepEqual(
    view.rows.map(({ name, now, then, band }) => [name, now, then, band]),
    [["temperature", "40.0", "44.3", "43.0 to 45.0"]],
  );
  assert.deepEqual(
    view.faults.map(({ name, then }) => [name, then]),
    [["fault_overuse", "100 %"]],
  );
  assert.deepEqual(view.limits, [
    {
      kind: "limit",
      name: "temperature_high",
      label: "Temperature high",
      now: "0 %",
      then: "25 %",
      band: "10 % to 50 %",
    },
  ]);
  assert.equal(view.none, "18 %");
  assert.ok(Math.abs(mostOfNone(12) - 0.184) < 0.001);
});

test("lines are read as they come, however they are cut", async (t) => {
  const parts = [
    '{"done":0}\n{"do',
    'ne":0.5}\n',
    '{"answer":{"seeds":',
    "3}}\n",
  ];
  const body = () =>
    new ReadableStream({
      start(stream) {
        for (const part of parts)
          stream.enqueue(new TextEncoder().encode(part));
        stream.close();
      },
    });
  t.mock.method(globalThis, "fetch", async () => new Response(body()));
  const told = [];
  const answer = await postLines("/x", {}, ({ done }) => told.push(done));
  assert.deepEqual([answer, told], [{ seeds: 3 }, [0, 0.5]]);
  parts.splice(2, 2, '{"error":"No."}\n');
  await assert.rejects(
    postLines("/x", {}, () => {}),
    /^Error: No\.$/,
  );
  parts.splice(2, 1);
  await assert.rejects(
    postLines("/x", {}, () => {}),
    /ended before/,
  );
});
