import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deliveryOrder,
  deliveryTotals,
  reasonText,
} from "../web/delivery-view.mjs";
import {
  axisScale,
  deviceLines,
  highest,
  MEASURES,
  stacked,
  withEmptyBuckets,
} from "../web/energy-view.mjs";
import { bars, merged, ticks } from "../web/episodes.mjs";
import { decodeRow, select, summary, trouble } from "../web/fleet-rows.mjs";
import * as format from "../web/format.mjs";
import { append, emptyTrend, trendFrom } from "../web/history.mjs";
import { findProblems } from "../web/problems.mjs";
import { displayRange, standing, zones } from "../web/scale.mjs";

const device = (id, extra = {}) => ({
  ...decodeRow([
    id,
    "pump",
    "",
    "online",
    1,
    "normal",
    "Normal",
    "None",
    0.9,
    0,
    0,
    0,
    [],
  ]),
  ...extra,
});

test("numbers, quantities, money and shares read as a person writes them", () => {
  assert.equal(format.number(1187.4, 0), "1,187");
  assert.equal(format.number(null), "–");
  assert.deepEqual(format.quantity(1234.5, "Wh"), {
    text: "1.23",
    unit: "kWh",
  });
  assert.deepEqual(format.quantity(0.5, "g"), { text: "0.50", unit: "g" });
  assert.equal(format.money(12, "GBP"), "£12.00");
  assert.equal(format.money(0.0123, "GBP"), "£0.0123");
  assert.equal(format.money(0.0000278, "GBP"), "£0.000028");
  assert.equal(format.money(1, "not a currency"), "1.00 not a currency");
  assert.equal(format.percent(0.9999), ">99 %");
  assert.equal(format.percent(1), "100 %");
  assert.equal(format.percent(0.0004), "<1 %");
  assert.equal(format.percent(0), "0 %");
  assert.equal(format.unitText("1"), "");
});

test("spans of time in words", () => {
  assert.equal(format.duration(42_000), "42 s");
  assert.equal(format.duration(12_000_000), "3 h 20 min");
  assert.equal(format.duration(2 * 86_400_000), "2 d");
  assert.equal(format.ago(undefined, 5), "never");
  assert.equal(format.ago(0, 90_000), "1 min ago");
});

test("an unknown severity is coloured as nothing, never as a class of its own", () => {
  assert.equal(format.severityClass("High"), "sev-high");
  assert.equal(format.severityClass('"><script>'), "sev-none");
});

test("trouble first: the worse fault, then alarms, then silence, then the name", () => {
  const devices = [
    device("b"),
    device("a10"),
    device("a9"),
    device("silent", { fresh: false }),
    device("low", { severity: "Low" }),
    device("alarmed", { alarms: 2 }),
    device("high", { severity: "High" }),
    device("stale-high", { severity: "High", stale: true }),
  ];
  const order = select(devices, {}).map(({ id }) => id);
  assert.deepEqual(order, [
    "high",
    "low",
    "alarmed",
    "silent",
    "a9",
    "a10",
    "b",
    "stale-high",
  ]);
  assert.ok(trouble(devices[6]) > trouble(devices[5]));
});

test("search looks at name, place and class; filters keep what they say", () => {
  const devices = [
    device("p1", { location: "Hall 2" }),
    device("p2", { label: "Dry run", severity: "High" }),
    device("p3", { status: "offline" }),
  ];
  const ids = (query) => select(devices, query).map(({ id }) => id);
  assert.deepEqual(ids({ text: "hall" }), ["p1"]);
  assert.deepEqual(ids({ text: "DRY p2" }), ["p2"]);
  assert.deepEqual(ids({ show: "trouble" }), ["p2"]);
  assert.deepEqual(ids({ show: "silent" }), ["p3"]);
  assert.deepEqual(ids({ type: "fan" }), []);
  assert.deepEqual(summary(devices), {
    devices: 3,
    online: 2,
    trouble: 1,
    alarms: 0,
  });
});

test("live values fold into the last bucket, then open the next, and old ones leave", () => {
  const trend = trendFrom(
    {
      bucket_ms: 1000,
      time_ms: [0, 1000],
      count: [5, 2],
      channels: { t: { min: [1, 2], mean: [1, 3], max: [1, 4] } },
    },
    5000,
  );
  append(trend, 1500, { t: 6 });
  assert.deepEqual(trend.channels.t.mean, [1, 4]);
  assert.deepEqual(trend.channels.t.max, [1, 6]);
  append(trend, 500, { t: 99 });
  assert.deepEqual(trend.channels.t.max, [1, 6]);
  append(trend, 5500, { t: 7, u: 1 });
  assert.deepEqual(trend.times, [1000, 5500]);
  assert.deepEqual(trend.channels.t.mean, [4, 7]);
  assert.deepEqual(trend.channels.u.mean, [null, 1]);
});

test("a trend begun empty grows from the first value", () => {
  const trend = append(emptyTrend({ spanMs: 1000, bucketMs: 100 }), 5, {
    t: 1,
  });
  assert.deepEqual(trend.times, [5]);
  assert.deepEqual(trend.channels.t, {
    min: [1],
    mean: [1],
    max: [1],
    counts: [1],
  });
});

const CHANNEL = {
  low: 0,
  high: 20,
  normal: [0.5, 1.6],
  limits: [{ side: "high", at: 2.2, severity: "High" }],
};

test("a gauge shows the part of the range where life happens", () => {
  const range = displayRange(CHANNEL);
  assert.equal(range.from, 0);
  assert.ok(range.to > 2.2 && range.to < 4, `${range.to}`);
  assert.deepEqual(displayRange({ low: 0, high: 100, normal: [0, 100] }), {
    from: 0,
    to: 100,
  });
  const cold = displayRange({ low: -40, high: 85, normal: [-20, 5] });
  assert.ok(cold.from < -20 && cold.from >= -40 && cold.to > 5);
});

test("zones lie on the dial, and a value stands where the limits say", () => {
  for (const { start, end } of zones(CHANNEL))
    assert.ok(start >= 0 && start < end && end <= 1);
  assert.equal(standing(1, CHANNEL), "normal");
  assert.equal(standing(1.9, CHANNEL), "outside");
  assert.equal(standing(2.3, CHANNEL), "High");
  assert.equal(standing(null, CHANNEL), "none");
});

test("episodes are cut to the window, the open one ends now, the normal ones are left out", () => {
  const window = { fromMs: 0, toMs: 100, nowMs: 100 };
  const episodes = [
    { fault: "a", start_ms: -50, end_ms: 50 },
    { fault: "b", start_ms: 75, end_ms: null },
    { fault: "normal", start_ms: 50, end_ms: 75 },
    { fault: "c", start_ms: -50, end_ms: -1 },
  ];
  const drawn = bars(episodes, window).map(({ fault, left, width }) => [
    fault,
    left,
    width,
  ]);
  assert.deepEqual(drawn, [
    ["a", 0, 50],
    ["b", 75, 25],
  ]);
  const [tiny] = bars([{ fault: "a", start_ms: 100, end_ms: null }], window);
  assert.ok(tiny.width > 0 && tiny.left + tiny.width <= 100);
});

test("a class that comes and goes at its onset is one episode, two apart are two", () => {
  const fault = (name, start_ms, end_ms) => ({
    fault: name,
    start_ms,
    end_ms,
    confidence: 0.5,
  });
  const episodes = [
    fault("a", 0, 1000),
    fault("normal", 1000, 4000),
    { ...fault("a", 4000, 9000), confidence: 0.9 },
    fault("b", 9000, 9500),
    fault("a", 9500, null),
    fault("b", 60_000, 61_000),
  ];
  const told = merged(episodes).map(
    ({ fault: name, start_ms, end_ms, confidence }) => [
      name,
      start_ms,
      end_ms,
      confidence,
    ],
  );
  assert.deepEqual(told, [
    ["a", 0, null, 0.9],
    ["b", 9000, 9500, 0.5],
    ["b", 60_000, 61_000, 0.5],
  ]);
  assert.equal(episodes[0].end_ms, 1000);
});

test("ticks are round, inside, and not too many", () => {
  for (const span of [300_000, 3_600_000, 86_400_000, 7 * 86_400_000]) {
    const from = 1_763_629_212_345;
    const list = ticks(from, from + span, 6);
    assert.ok(list.length >= 2 && list.length <= 7, `${span}: ${list.length}`);
    for (const { left } of list) assert.ok(left >= 0 && left <= 100);
  }
});

const ENERGY = {
  bucket: "hour",
  time_ms: [0, 1],
  devices: Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [
      `p${at}`,
      {
        energy_wh: [at, null],
        co2_g: [at, at],
        cost: [at, 0],
        coverage: [1, null],
      },
    ]),
  ),
};

test("energy: the largest first, the rest as one, and nothing lost in the sum", () => {
  const lines = deviceLines(ENERGY);
  assert.equal(lines[0].device, "p11");
  assert.equal(lines[0].coverage, 1);
  const series = stacked(ENERGY, "energy_wh");
  assert.equal(series.length, 9);
  assert.equal(series.at(-1).name, "4 others");
  assert.equal(highest(series), 66);
  const shares = lines.reduce((sum, line) => sum + line.share, 0);
  assert.ok(Math.abs(shares - 1) < 1e-9);
});

test("energy: hours without readings are there, empty, and the sums stay", () => {
  const HOUR = 3_600_000;
  const answer = {
    bucket: "hour",
    time_ms: [5 * HOUR, 7 * HOUR],
    devices: { p: { energy_wh: [1, 2] } },
  };
  const filled = withEmptyBuckets(answer, {
    fromMs: 3.5 * HOUR,
    toMs: 8.5 * HOUR,
  });
  assert.deepEqual(
    filled.time_ms,
    [4, 5, 6, 7, 8].map((hour) => hour * HOUR),
  );
  assert.deepEqual(filled.devices.p.energy_wh, [null, 1, null, 2, null]);
  const nothing = { ...answer, time_ms: [] };
  assert.equal(withEmptyBuckets(nothing, { fromMs: 0, toMs: 1 }), nothing);
});

test("energy: no devices is an empty picture, and large numbers change their unit", () => {
  assert.deepEqual(stacked({ time_ms: [], devices: {} }, "cost"), []);
  assert.equal(highest([]), 0);
  assert.deepEqual(axisScale(MEASURES[0], 5000, "GBP"), {
    factor: 1 / 1000,
    unit: "kWh",
  });
  assert.deepEqual(axisScale(MEASURES[2], 5000, "GBP"), {
    factor: 1,
    unit: "GBP",
  });
});

test("delivery: sums, the odd ones first, reasons in words", () => {
  const lines = [
    { device: "a", stored: 5, missing: 0 },
    { device: "b", stored: 7, missing: 2, quarantined: 1 },
  ];
  assert.equal(deliveryTotals(lines).stored, 12);
  assert.equal(deliveryTotals(lines).duplicates, 0);
  assert.equal(deliveryOrder(lines)[0].device, "b");
  assert.equal(reasonText("not_json"), "not JSON");
  assert.equal(reasonText("brand_new"), "brand new");
});

const HEALTHY = {
  asked: true,
  answers: true,
  dependencies: { broker: { status: "ok" }, influxdb: { status: "off" } },
};
const named = (live) =>
  findProblems({ broker: "ok", devices: [], nowMs: 0, ...live }).map(
    ({ name }) => name,
  );

test("the banner is silent when all is well, also while InfluxDB is off", () => {
  assert.deepEqual(named({ health: HEALTHY }), []);
  assert.deepEqual(named({ health: { asked: false, answers: false } }), []);
});

test("the banner names what is down, the serious first", () => {
  assert.deepEqual(named({ health: { asked: true, answers: false } }), [
    "gateway",
  ]);
  const dependencies = {
    influxdb: { status: "down", detail: "refused", behind: 1234 },
    inference: { status: "down" },
  };
  const health = { ...HEALTHY, dependencies };
  assert.deepEqual(named({ health }), ["inference", "influxdb"]);
  const texts = findProblems({
    health,
    broker: "ok",
    devices: [],
    nowMs: 0,
  }).map((p) => p.text);
  assert.match(texts[1], /1,234 rows/);
  assert.deepEqual(named({ health: HEALTHY, broker: "down" }), ["broker"]);
  const both = { ...HEALTHY, dependencies: { broker: { status: "down" } } };
  assert.deepEqual(named({ health: both, broker: "down" }), ["broker"]);
});

test("the banner names a process that does not stay up, and one that was started again", () => {
  const process = (name, state, last_exit_ms) => ({
    name,
    state,
    restarts: 1,
    last_exit_ms,
  });
  const processes = [
    process("devices", "BACKOFF", 990_000),
    process("inference", "RUNNING", 990_000),
    process("gateway", "RUNNING", 1000),
    process("broker", "RUNNING", null),
  ];
  const health = { ...HEALTHY, processes };
  assert.deepEqual(named({ health, nowMs: 1_000_000 }), [
    "process-devices",
    "process-inference",
  ]);
});

test("the banner counts stale diagnoses among the machines that report", () => {
  const devices = [
    device("a", { stale: true }),
    device("b"),
    device("c", { stale: true, fresh: false }),
  ];
  const [problem] = findProblems({
    health: HEALTHY,
    broker: "ok",
    devices,
    nowMs: 0,
  });
  assert.match(problem.text, /1 of 2/);
});
