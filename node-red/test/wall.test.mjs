import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULT_SIZE, NAME_SIZE, doubt, wallPages } from "../web/wall.mjs";

const X_HEIGHT = 0.546; // of Inter, in its size; tests/dashboard measures the font itself
const CAPITAL = 0.727;

const line = (device, text = "Stuck Sensor") => ({
  device,
  called: device,
  text,
});
const devices = (count) =>
  Array.from({ length: count }, (_, at) => ({ id: `fan-${at}` }));
const names = (pages) =>
  pages.map(({ trouble, well }) => [
    ...trouble.map(({ device }) => device),
    ...well.map(({ id }) => id),
  ]);

test("a letter of a fault's name is 16 arc minutes high at 3 m", () => {
  const lineMm = (24 * 25.4 * 9) / Math.hypot(16, 9) / 1080;
  const wantedMm = 3000 * Math.tan(((16 / 60) * Math.PI) / 180);
  assert.ok(FAULT_SIZE * X_HEIGHT * lineMm >= wantedMm);
  assert.ok(NAME_SIZE * CAPITAL * lineMm >= wantedMm);
});

test("what fits is on one page, trouble first", () => {
  const groups = [{ lines: [line("fan-2")] }, { lines: [line("fan-0")] }];
  const pages = wallPages({ groups, devices: devices(3) });
  assert.deepEqual(names(pages), [["fan-2", "fan-0", "fan-1"]]);
});

const counts = (pages) =>
  pages.map(({ trouble, well }) => [trouble.length, well.length]);

test("what does not fit below the trouble comes below it on another page", () => {
  const groups = [{ lines: [line("fan-2")] }];
  const fitting = wallPages({ groups, devices: devices(13) });
  const more = wallPages({ groups, devices: devices(14) });
  assert.deepEqual(counts(fitting), [[1, 12]]);
  assert.deepEqual(counts(more), [
    [1, 12],
    [1, 1],
  ]);
});

test("no page leaves room empty that machines without trouble could have", () => {
  const pagesOf = (troubled, isDoubted) => {
    const groups = [{ lines: devices(troubled).map(({ id }) => line(id)) }];
    return wallPages({ groups, devices: devices(troubled + 20), isDoubted });
  };
  const firsts = [1, 2, 3, 4, 5, 6].map((count) => pagesOf(count)[0].well);
  const rooms = firsts.map(({ length }) => length);
  assert.deepEqual(rooms, [12, 9, 9, 6, 3, 0]);
  assert.deepEqual(counts(pagesOf(0))[0], [0, 15]);
  const doubted = [1, 4, 5].map((count) => counts(pagesOf(count, true))[0]);
  assert.deepEqual(doubted, [
    [1, 9],
    [4, 3],
    [5, 0],
  ]);
  assert.deepEqual(counts(pagesOf(6, true))[0], [5, 0]);
});

test("who is in maintenance is small, behind those that are well", () => {
  const apart = { lines: [line("fan-0", "In maintenance")], isApart: true };
  const all = devices(3);
  all[0].maintenance = { until_ms: null };
  const pages = wallPages({ groups: [apart], devices: all });
  assert.deepEqual(counts(pages), [[0, 3]]);
  assert.deepEqual(names(pages), [["fan-1", "fan-2", "fan-0"]]);
});

test("trouble comes again before each page of machines that are well", () => {
  const groups = [{ lines: devices(8).map(({ id }) => line(id)) }];
  const pages = wallPages({ groups, devices: devices(8 + 31) });
  assert.deepEqual(counts(pages), [
    [6, 0],
    [2, 9],
    [0, 15],
    [6, 0],
    [2, 7],
  ]);
  const shown = new Set(names(pages).flat());
  assert.equal(shown.size, 39);
});

test("a long name takes the room of two lines", () => {
  const long = "A fault of more letters than a line";
  const groups = [{ lines: devices(4).map(({ id }) => line(id, long)) }];
  const pages = wallPages({ groups, devices: devices(4) });
  assert.deepEqual(
    pages.map(({ trouble }) => trouble.length),
    [3, 1],
  );
});

test("a name of many lines takes the room of two and pushes nobody off the page", () => {
  const endless = { ...line("fan-0"), called: "n".repeat(64) };
  const groups = [{ lines: [endless, line("fan-1")] }];
  const [page, ...more] = wallPages({ groups, devices: devices(5) });
  assert.equal(more.length, 0);
  assert.deepEqual([page.trouble.length, page.well.length], [2, 3]);
});

test("who is worst is first, also where it is silent besides", () => {
  const groups = [
    { lines: [{ ...line("fan-0"), place: 1 }] },
    { lines: [{ ...line("fan-1"), place: 0 }] },
  ];
  const pages = wallPages({ groups, devices: devices(2) });
  assert.deepEqual(names(pages), [["fan-1", "fan-0"]]);
});

test("without a machine there is no page", () => {
  assert.deepEqual(wallPages({ groups: [], devices: [] }), []);
});

test("what may be of before says so, and of when", () => {
  const live = {
    received: true,
    connected: true,
    health: { asked: true, answers: true, status: "ok", dependencies: {} },
    broker: "connected",
    devices: [],
    nowMs: Date.UTC(2026, 0, 1, 12),
    ownAlarms: [],
  };
  const now = { heardMs: live.nowMs, nowMs: live.nowMs };
  assert.equal(doubt(live, now), "");
  assert.equal(doubt({ ...live, received: false }, now), "Connecting");
  assert.match(
    doubt({ ...live, connected: false }, now),
    /^Connection lost\. This is of \d\d:\d\d\.$/,
  );
  assert.match(
    doubt(live, { ...now, nowMs: now.nowMs + 20_000 }),
    /^No news\. This is of \d\d:\d\d\.$/,
  );
  assert.match(doubt({ ...live, broker: "down" }, now), /broker/);
});
