import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeRow,
  lastSeenMs,
  reachOf,
  select,
  summary,
  trouble,
} from "../web/fleet-rows.mjs";

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
  ]),
  ...extra,
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
    device("then-high", { severity: "High", fresh: false }),
  ];
  const order = select(devices, {}).map(({ id }) => id);
  assert.deepEqual(order, [
    "high",
    "low",
    "alarmed",
    "silent",
    "then-high",
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

test("a silent machine's last judgement is no trouble of now; its open alarms are", () => {
  const then = { fresh: false, severity: "High" };
  const devices = [device("a", then), device("b", { ...then, alarms: 1 })];
  assert.deepEqual(
    select(devices, { show: "trouble" }).map(({ id }) => id),
    ["b"],
  );
});
