import assert from "node:assert/strict";
import { test } from "node:test";
import { brokerOf, coversOf, fits, waitMs } from "../nodes/lib/broker.mjs";
import { Happenings } from "../nodes/lib/happenings.mjs";
import { objectOf } from "../nodes/lib/machine.mjs";
import { Presence, statusOf } from "../nodes/lib/presence.mjs";

const FRESH = { status: "online", fresh: true, period_ms: 200 };
const anyone = () => true;

test("a broker's address says how to reach it, and nothing secret", () => {
  assert.deepEqual(brokerOf("mqtts://broker.example"), {
    protocol: "mqtts",
    host: "broker.example",
    port: 8883,
  });
  assert.equal(brokerOf("mqtt://[::1]:1884").host, "::1");
  assert.equal(
    brokerOf("mqtt+unix:///a%20place/local.sock").path,
    "/a place/local.sock",
  );
  for (const wrong of ["", "broker", "http://broker"])
    assert.throws(() => brokerOf(wrong), /is no address of a broker/);
  const withLogin = ["me", "secret"].join(":");
  assert.throws(() => brokerOf(`mqtt://${withLogin}@b`), /fields of their own/);
});

test("attempts come ever less often, a minute apart at last, and not in step", () => {
  const longest = Array.from({ length: 12 }, (_, n) => waitMs(n, () => 1));
  assert.deepEqual(longest.slice(0, 3), [1000, 2000, 4000]);
  assert.equal(longest.at(-1), 60_000);
  assert.equal(
    waitMs(20, () => 0),
    30_000,
  );
});

test("a plus is any one level of a topic", () => {
  assert.ok(fits("a/+/c", "a/b/c"));
  for (const topic of ["a/b/d", "a/b", "a/b/c/d", "x/b/c"])
    assert.ok(!fits("a/+/c", topic));
});

test("what a wider filter has is not subscribed to twice", () => {
  const all = ["e/+/state", "e/+/alarm"];
  const some = ["e/fan-01/state", "e/fan-01/diagnosis", "e/fan-01/state"];
  assert.deepEqual(coversOf([...all, ...some]), [...all, "e/fan-01/diagnosis"]);
  assert.deepEqual(coversOf(some), ["e/fan-01/state", "e/fan-01/diagnosis"]);
});

test("a payload that is no object is none", () => {
  for (const text of ["", "null", "[]", "5", "{", '"x"'])
    assert.equal(objectOf(Buffer.from(text)), null);
  assert.deepEqual(objectOf(Buffer.from('{"a":1}')), { a: 1 });
});

test("one machine is told by a word, several by how many", () => {
  const presence = new Presence();
  const one = () => statusOf(presence.count(0, anyone), { one: true });
  assert.equal(one().text, "nothing heard yet");
  presence.hear("fan-01", FRESH, 0);
  assert.deepEqual(one(), { fill: "green", shape: "dot", text: "fresh" });
  presence.hear("fan-02", { ...FRESH, fresh: false }, 0);
  presence.hear("fan-03", { ...FRESH, status: "offline", fresh: false }, 0);
  const all = statusOf(presence.count(0, anyone), { one: false });
  assert.equal(all.text, "1 fresh · 1 silent · 1 offline");
  assert.equal(all.fill, "red");
  presence.hear("fan-03", null, 0);
  const left = presence.count(0, (device) => device !== "fan-02");
  assert.deepEqual(left, { offline: 0, silent: 0, fresh: 1 });
});

test("what was fresh when the gateway went does not stay so", () => {
  const presence = new Presence();
  presence.hear("fan-01", FRESH, 1000);
  presence.hear("well-01", { ...FRESH, period_ms: 3_600_000 }, 1000);
  assert.equal(presence.count(31_000, anyone).fresh, 2);
  assert.equal(presence.count(31_001, anyone).silent, 1);
  assert.equal(presence.count(10_801_001, anyone).silent, 2);
});

/** A journal that answers as the gateway does, newest first; `stored` are [id, time, received]. */
function journal(stored) {
  const asked = [];
  const get = async (path, { limit }) => {
    asked.push([path, Number(limit)]);
    return stored
      .map(([id, time_ms, received_ms = 0]) => ({ id, time_ms, received_ms }))
      .sort((one, other) => other.time_ms - one.time_ms)
      .slice(0, limit);
  };
  return { api: { get }, asked };
}

function state(count, published_ms = 10_000) {
  return { events: { stroke: { count } }, published_ms };
}

function happeningsOf(stored) {
  const { api, asked } = journal(stored);
  const told = [];
  const failures = [];
  const happenings = new Happenings({
    api,
    emit: (_device, { id }) => told.push(id),
    fail: (error) => failures.push(error.message),
  });
  return { happenings, told, failures, asked };
}

test("each event after the first look is told once, in the order of being stored", async () => {
  const stored = [
    [1, 10],
    [2, 20],
  ];
  const { happenings, told, failures, asked } = happeningsOf(stored);
  await happenings.take("press", state(2));
  assert.deepEqual(told, []);
  stored.push([3, 30], [4, 5]); // the second one came late
  await Promise.all([
    happenings.take("press", state(3)),
    happenings.take("press", state(4)),
  ]);
  await happenings.take("press", state(4));
  assert.deepEqual(told, [3, 4]);
  assert.deepEqual(failures, []);
  const before = asked.length;
  await happenings.take("press", state(4));
  assert.equal(asked.length, before);
});

test("what is stored before the first answer is told, and what the first state had not counted", async () => {
  const stored = [
    [1, 10, 1000],
    [2, 20, 9990], // received just before the state, and not counted in it yet
    [3, 30, 10_001],
  ];
  const { happenings, told, failures } = happeningsOf(stored);
  await happenings.take("press", state(1));
  assert.deepEqual(told, [3]);
  await happenings.take("press", state(3));
  assert.deepEqual(told, [3, 2]);
  stored.push([4, 40, 11_000]);
  await happenings.take("press", state(4));
  assert.deepEqual(told, [3, 2, 4]);
  assert.deepEqual(failures, []);
});

test("an event older than all that is shown is looked for, and named where it is not found", async () => {
  const stored = Array.from({ length: 1100 }, (_, at) => [at + 1, 1000 + at]);
  const { happenings, told, failures } = happeningsOf(stored);
  await happenings.take("press", state(1100));
  stored.push([1101, 1500]);
  await happenings.take("press", state(1101));
  assert.deepEqual(told, [1101]);
  stored.push([1102, 1]);
  await happenings.take("press", state(1102));
  assert.deepEqual(told, [1101]);
  assert.match(failures.join(), /1 events of press came too late/);
});

test("a gateway that does not answer is told, and asked again by the next state", async () => {
  const failures = [];
  let works = false;
  const api = {
    get: async () => {
      if (!works) throw new Error("The gateway does not answer.");
      return [{ id: 7, time_ms: 1, received_ms: 10_001 }];
    },
  };
  const told = [];
  const happenings = new Happenings({
    api,
    emit: (_device, event) => told.push(event.id),
    fail: (error) => failures.push(error.message),
  });
  await happenings.take("press", state(0));
  works = true;
  await happenings.take("press", state(1, 12_000));
  await happenings.take("press", state(1, 13_000));
  assert.deepEqual(told, [7]); // it came after the first state, whoever answered when
  assert.equal(failures.length, 1);
});
