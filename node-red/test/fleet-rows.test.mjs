import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attentionClass,
  decodeRow,
  lastSeenMs,
  namesApart,
  reachOf,
  select,
  summary,
  typesOf,
} from "../web/fleet-rows.mjs";
import { plantView } from "../web/plant.mjs";

const SEEN_MS = 1_700_000_000_000;

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
    SEEN_MS,
    [],
    0,
    0,
    0,
    200,
  ]),
  ...extra,
});

test("trouble first: alarms and silence, what is silent longest, then faults, then the rest by name", () => {
  const devices = [
    device("b"),
    device("a10"),
    device("a9"),
    device("silent", { fresh: false }),
    device("longer", { fresh: false, seenMs: SEEN_MS - 1 }),
    device("high-alarm", { alarms: 1, worst: 3 }),
    device("more-alarms", { alarms: 2, worst: 3 }),
    device("offline", { status: "offline", fresh: false }),
    device("never", { fresh: false, seenMs: null }),
    device("low", { severity: "Low" }),
    device("medium-alarm", { alarms: 1, worst: 2 }),
    device("medium", { severity: "Medium" }),
    device("aside", { aside: 1 }),
    device("high", { severity: "High" }),
    device("critical", { severity: "Critical" }),
    device("stale-high", { severity: "High", stale: true }),
    device("unjudged-high", { severity: "High", unjudged: true }),
    device("then-high", { severity: "High", fresh: false }),
  ];
  const order = select(devices, {}).map(({ id }) => id);
  assert.deepEqual(order, [
    "more-alarms",
    "high-alarm",
    "longer",
    "offline",
    "silent",
    "then-high",
    "medium-alarm",
    "critical",
    "high",
    "medium",
    "aside",
    "low",
    "never",
    "a9",
    "a10",
    "b",
    "stale-high",
    "unjudged-high",
  ]);
});

test("a card has the colour of the worst, which a normal diagnosis does not hide", () => {
  const colours = [
    device("a"),
    device("b", { alarms: 1, worst: 3 }),
    device("c", { fresh: false }),
    device("d", { status: "offline", alarms: 1, worst: 3 }),
    device("e", { severity: "Low" }),
    device("f", { aside: 1 }),
    device("g", { fresh: false, seenMs: null }),
  ].map(attentionClass);
  assert.deepEqual(colours, [
    "sev-none",
    "sev-high",
    "sev-medium",
    "sev-high",
    "sev-low",
    "sev-low",
    "sev-none",
  ]);
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

test("a device is heard, silent, gone or not known", () => {
  const texts = [
    device("a"),
    device("b", { fresh: false }),
    device("c", { status: "offline" }),
    device("d", { status: "unknown" }),
    null,
  ].map((entry) => reachOf(entry).text);
  assert.deepEqual(texts, [
    "Online",
    "Silent",
    "Offline",
    "Unknown",
    "Unknown",
  ]);
});

test("what is silent or gone is told by when it was last seen, and what reports is not", () => {
  assert.equal(lastSeenMs(device("a")), null);
  assert.equal(lastSeenMs(device("b", { status: "unknown" })), null);
  assert.equal(lastSeenMs(device("c", { fresh: false })), SEEN_MS);
  assert.equal(lastSeenMs(device("d", { status: "offline" })), SEEN_MS);
  const never = { fresh: false, status: "unknown", seenMs: null };
  assert.equal(lastSeenMs(device("e", never)), null);
  assert.equal(lastSeenMs(null), null);
});

test("what few machines have is told by name, and most have nothing of it", () => {
  const row = Array.from({ length: 21 }, () => "");
  const top = { name: "silent", raisedMs: 5 };
  const plain = decodeRow(row);
  assert.deepEqual(
    [plain.why, plain.topAlarm, plain.newAlarm],
    ["", null, null],
  );
  const more = { why: "x", top: ["silent", 5], newest: [7, "hot", 3] };
  const told = decodeRow([...row, more]);
  assert.deepEqual([told.why, told.topAlarm], ["x", top]);
  assert.deepEqual(told.newAlarm, { id: 7, name: "hot", rank: 3 });
});

test("the filter, the figure and the header mean the same machines by trouble", () => {
  const then = { fresh: false, severity: "High" };
  const devices = [
    device("a", then),
    device("b", { ...then, alarms: 1, worst: 3 }),
    device("c", { status: "offline", fresh: false, alarms: 1 }),
    device("d", { alarms: 1 }),
    device("e", { aside: 1 }),
    device("f", { severity: "High" }),
    device("g"),
    device("never heard", { fresh: false, seenMs: null, alarms: 1 }),
  ];
  const filtered = select(devices, { show: "trouble", order: "name" });
  assert.deepEqual(
    filtered.map(({ id }) => id),
    ["d", "e", "f", "never heard"],
  );
  assert.equal(summary(devices).trouble, filtered.length);
  assert.match(plantView({ devices, nowMs: 0 }).text, /^4 in trouble, /);
});

test("the types to choose from are those that machines are of, known or not", () => {
  const devices = [
    device("a", { asset: "zz" }),
    device("b", { asset: "washer" }),
    device("c", { asset: "washer" }),
    device("d", { asset: "" }),
    device("e", { asset: "generic" }),
  ];
  assert.deepEqual(
    typesOf(devices, { washer: { title: "Washer" }, other: {} }),
    [
      { name: "generic", title: "Machine of no type" },
      { name: "washer", title: "Washer" },
      { name: "zz", title: "zz" },
    ],
  );
});

test("machines are ordered and called by the names people gave them, namesakes with their ids", () => {
  const devices = [
    device("press-1", { name: "Zinc press" }),
    device("press-2", { name: "Anvil" }),
    device("mill"),
    device("press-3", { name: "Anvil" }),
  ];
  const ordered = select(devices, { order: "name" }).map(({ id }) => id);
  assert.deepEqual(ordered, ["press-2", "press-3", "mill", "press-1"]);
  const known = devices.map(({ id, name }) => ({ id, called: name || id }));
  assert.deepEqual(
    namesApart(known).map(({ called }) => called),
    ["Zinc press", "Anvil (press-2)", "mill", "Anvil (press-3)"],
  );
  const found = select(devices, { text: "zinc" });
  assert.deepEqual(
    found.map(({ id }) => id),
    ["press-1"],
  );
});
