import assert from "node:assert/strict";
import { test } from "node:test";
import { hoursOf, kindsOf, lineOf, together } from "../web/happenings.mjs";
import { useZone } from "../web/site-time.mjs";

useZone("Asia/Kathmandu"); // 5 h 45 min ahead of UTC
const TYPE = {
  events: [
    {
      name: "service",
      title: "Service",
      fields: [
        { name: "volume", unit: "L" },
        { name: "right", unit: "1" },
      ],
      words: ["drink"],
    },
  ],
};

test("an event is told with its fields, their units and its words", () => {
  const line = lineOf(
    {
      id: 7,
      time_ms: 1,
      event: "service",
      values: { volume: 0.24, right: 1, drink: "tea" },
      aside: {
        wait: { value: -1, reason: "out_of_range", detail: "wait is -1" },
      },
    },
    TYPE,
  );
  assert.deepEqual(
    line.fields.map(({ text }) => text),
    ["Volume 0.24 L", "Right 1", "Drink tea"],
  );
  assert.equal(line.title, "Service");
  assert.deepEqual(line.aside, ["wait set aside: wait is -1"]);
});

test("an event that its type does not know is told by its name", () => {
  const happening = {
    id: 1,
    event: "door_opened",
    values: { by: "u7" },
    aside: null,
  };
  const line = lineOf(happening, TYPE);
  assert.equal(line.title, "Door opened");
  assert.equal(line.fields[0].text, "By u7");
  assert.deepEqual(kindsOf(TYPE, { door_opened: {}, service: {} }), [
    { value: "door_opened", text: "Door opened" },
    { value: "service", text: "Service" },
  ]);
  assert.deepEqual(kindsOf({ events: [] }), []);
});

test("what is fetched twice is listed once", () => {
  const ids = (list) => list.map((id) => ({ id }));
  assert.deepEqual(together(ids([5, 4]), ids([4, 3])), ids([5, 4, 3]));
});

test("hours are the site's, and the last one is that of now", () => {
  const nowMs = Date.UTC(2025, 10, 20, 12); // 17:45 there
  const at = (minutes) => ({ time_ms: nowMs - minutes * 60_000 });
  const hours = hoursOf([at(0), at(44), at(46), at(5000)], nowMs, 3);
  assert.deepEqual(
    hours.map(({ count, height }) => [count, height]),
    [
      [0, 0],
      [1, 50],
      [2, 100],
    ],
  );
  assert.equal(hours[2].start, nowMs - 45 * 60_000);
});
