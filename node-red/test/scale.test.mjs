import assert from "node:assert/strict";
import { test } from "node:test";
import {
  displayRange,
  isBeyond,
  share,
  standing,
  zones,
} from "../web/scale.mjs";

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

test("a gauge's ends stand still, and a value beyond them is told as such", () => {
  const range = displayRange(CHANNEL);
  assert.equal(isBeyond(2.9, range), range.to < 2.9);
  assert.deepEqual(
    [0, range.to, 20, -1, null].map((value) => isBeyond(value, range)),
    [false, false, true, true, false],
  );
  assert.equal(share(20, range), 1);
});

test("limits of a machine's own never narrow the dial of its type, and widen it", () => {
  const type = {
    ...{ low: -40, high: 125, normal: [20, 55] },
    limits: [{ side: "high", at: 70, severity: "High" }],
  };
  const usual = displayRange(type);
  assert.ok(usual.to >= 70);
  const limits = [{ side: "high", at: 32, severity: "Medium" }];
  const strict = displayRange({ ...type, normal: [20, 28], limits }, type);
  assert.deepEqual(strict, usual);
  assert.ok(!isBeyond(40.8, strict));
  const lax = [{ side: "high", at: 110, severity: "High" }];
  assert.ok(displayRange({ ...type, limits: lax }, type).to > usual.to);
  assert.deepEqual(displayRange(type, type), usual);
});

test("zones lie on the dial, and a value stands where the limits say", () => {
  for (const { start, end } of zones(CHANNEL, displayRange(CHANNEL)))
    assert.ok(start >= 0 && start < end && end <= 1);
  assert.equal(standing(1, CHANNEL), "normal");
  assert.equal(standing(1.9, CHANNEL), "outside");
  assert.equal(standing(2.3, CHANNEL), "High");
  assert.equal(standing(null, CHANNEL), "none");
  assert.equal(standing(2.3, CHANNEL, true), "none", "it is stopped");
  const limits = [{ ...CHANNEL.limits[0], while_stopped: true }];
  assert.equal(standing(2.3, { ...CHANNEL, limits }, true), "High");
});

test("a channel of which nobody has said what is normal has all that was seen, in no colour", () => {
  const open = { low: 0, high: 50, normal: null };
  assert.deepEqual(displayRange(open), { from: 0, to: 50 });
  assert.deepEqual(zones(open, { from: 0, to: 50 }), []);
  assert.equal(standing(41, open), "none");
  const limits = [{ side: "high", at: 40, severity: "High" }];
  assert.equal(standing(41, { ...open, limits }), "High");
  assert.equal(zones({ ...open, limits }, { from: 0, to: 50 }).length, 1);
});
