import assert from "node:assert/strict";
import { test } from "node:test";
import { lookForNew, spoken } from "../web/announce.mjs";

const device = (id, newAlarm = null) => ({ id, asset: "pump", newAlarm });
const alarm = (id, rank = 2) => ({ id, name: "silent", rank });

test("what stands already at the first look is not news, what comes then is, once", () => {
  const first = lookForNew(undefined, [device("a", alarm(1)), device("b")]);
  assert.deepEqual(first.came, []);
  const second = lookForNew(first.known, [
    device("a", alarm(1)),
    device("b", alarm(2)),
    { ...device("c", alarm(3)), name: "Mixer" },
  ]);
  assert.deepEqual(
    second.came.map((one) => [one.device, one.called]),
    [
      ["b", "b"],
      ["c", "Mixer"],
    ],
  );
  const again = lookForNew(second.known, [device("b", alarm(2))]);
  assert.deepEqual(again.came, []);
  const cleared = lookForNew(again.known, [device("a")]);
  assert.deepEqual(lookForNew(cleared.known, [device("a", alarm(1))]).came, []);
});

test("an alarm is said with its severity, name and machine; critical ones interrupt", () => {
  const came = [
    { device: "a", called: "Mixer", asset: "pump", ...alarm(1) },
    { device: "b", called: "b", asset: "pump", ...alarm(2, 4) },
  ];
  assert.deepEqual(spoken(came), {
    polite: "Medium alarm: Silent of Mixer.",
    assertive: "Critical alarm: Silent of b.",
  });
  const many = Array.from({ length: 5 }, (_, at) => ({ ...came[0], id: at }));
  assert.match(spoken(many).polite, / 2 more\.$/);
});
