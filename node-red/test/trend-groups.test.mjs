import assert from "node:assert/strict";
import { test } from "node:test";
import { groupsOf } from "../web/trend-groups.mjs";

function channel(name, unit, normal) {
  return { name, unit, normal };
}

function namesOf(channels) {
  return groupsOf(channels).map((group) => group.map(({ name }) => name));
}

test("channels of one unit share a chart where they are of about one size", () => {
  const hot = channel("hot", "°C", [65, 97]);
  const cold = channel("cold", "°C", [2, 14]);
  const power = channel("power", "W", [0, 100]);
  const wanted = channel("wanted", "°C", [60, 96]);
  assert.deepEqual(namesOf([hot, cold, power, wanted]), [
    ["hot", "wanted"],
    ["cold"],
    ["power"],
  ]);
});

test("no chart has more lines than can be told apart", () => {
  const many = Array.from({ length: 12 }, (_, at) =>
    channel(`zone ${at}`, "°C", [15, 30]),
  );
  assert.deepEqual(
    groupsOf(many).map((group) => group.length),
    [5, 5, 2],
  );
});
