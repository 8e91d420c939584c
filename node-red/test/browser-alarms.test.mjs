import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allKnown,
  lookAt,
  needsText,
  notificationOf,
} from "../web/browser-alarms.mjs";

const NOW = 1_000_000;
const alarm = (id, more = {}) => ({
  id,
  device: "fan-01",
  name: "fault_overcurrent",
  severity: "High",
  raised_ms: id,
  cleared_ms: null,
  acknowledged_ms: null,
  shelved_until_ms: null,
  ...more,
});
const look = (alarms, known = [], least = "High") =>
  lookAt(alarms, { known, least, nowMs: NOW });

test("a new alarm is told once, also after a reload that keeps what is known", () => {
  const first = look([alarm(1)]);
  assert.deepEqual(
    first.came.map(({ id }) => id),
    [1],
  );
  assert.deepEqual(look([alarm(1)], first.known).came, []);
  assert.equal(look([alarm(1, { raised_ms: 7 })], first.known).came.length, 1);
});

test("one that gets graver is told anew", () => {
  const first = look([alarm(1)]);
  const graver = alarm(1, { severity: "Critical" });
  assert.equal(look([graver], first.known).came.length, 1);
});

test("what stands when it is switched on is no news", () => {
  assert.deepEqual(look([alarm(1)], allKnown([alarm(1)])).came, []);
});

test("what asks for nobody is not told, and is when it asks again", () => {
  const quiet = [
    { shelved_until_ms: NOW + 1 },
    { suppressed_ms: 5 },
    { part_of: 7 },
    { acknowledged_ms: 5 },
    { cleared_ms: 5 },
  ];
  for (const more of quiet) {
    const found = look([alarm(1, more)]);
    assert.deepEqual(found, { came: [], known: [] });
    assert.equal(look([alarm(1)], found.known).came.length, 1);
  }
});

test("only alarms of the chosen severity and above are told", () => {
  const all = ["Low", "Medium", "High", "Critical"].map((severity, at) =>
    alarm(at + 1, { severity }),
  );
  assert.equal(look(all).came.length, 2);
  assert.equal(look(all, [], "Low").came.length, 4);
});

test("a notification names the gravest, by the words of its type", () => {
  const type = { byFault: { overcurrent: { label: "Overcurrent Fault" } } };
  assert.deepEqual(
    notificationOf([alarm(3)], () => type),
    {
      title: "Alarm of fan-01",
      body: "High: Overcurrent Fault, fan-01",
      tag: "3@3 High",
    },
  );
  const named = notificationOf(
    [alarm(3)],
    () => type,
    () => "Mixer",
  );
  assert.deepEqual(
    [named.title, named.body],
    ["Alarm of Mixer", "High: Overcurrent Fault, Mixer"],
  );
  const limit = alarm(3, { name: "warm", cause: "fault_overcurrent" });
  const { body } = notificationOf([limit], () => type);
  assert.equal(body, "High: Overcurrent Fault, fan-01");
  const many = [1, 2, 3, 4].map((id) => alarm(id, { name: "offline" }));
  const told = notificationOf([...many, alarm(5, { severity: "Critical" })]);
  assert.equal(told.title, "5 alarms");
  assert.deepEqual(
    told.body.split("\n").at(0),
    "Critical: Overcurrent, fan-01",
  );
  assert.equal(told.body.split("\n").at(-1), "and 2 more");
});

test("the switch says what this browser needs, and nothing while it is off", () => {
  const able = { permission: "granted", isSecure: true, audio: "running" };
  assert.equal(needsText({}, { ...able, permission: "default" }), "");
  const said = (choice, more) => needsText(choice, { ...able, ...more });
  assert.equal(said({ notify: true }), "Only while this page is open.");
  assert.match(said({ notify: true }, { permission: "default" }), /allow it/);
  assert.match(said({ notify: true }, { permission: "denied" }), /blocked/);
  assert.match(said({ notify: true }, { isSecure: false }), /https/);
  assert.match(said({ sound: true }, { audio: "suspended" }), /after a click/);
});
