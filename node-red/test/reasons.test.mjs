import assert from "node:assert/strict";
import { test } from "node:test";

import { percent } from "../web/format.mjs";
import { fitOf, reasonsOf } from "../web/reasons.mjs";

const flow = { channel: "flow", weight: 0.6, text: "flow is 80 L/min" };

test("a reason has its share as text and as a width, and four are enough", () => {
  assert.deepEqual(reasonsOf([flow])[0], {
    channel: "flow",
    text: "flow is 80 L/min",
    share: percent(0.6),
    width: "60%",
  });
  assert.equal(reasonsOf(Array(9).fill(flow)).length, 4);
  assert.deepEqual(reasonsOf(undefined), []);
});

test("a type without an autoencoder has nothing to say of how sensors fit", () => {
  assert.equal(fitOf({ fault: "normal", reconstruction: null }), null);
  assert.equal(fitOf({ fault: "normal" }), null);
});

test("below the limit the sensors fit, whatever each has", () => {
  const found = { error: 0.31, sensors: [flow] };
  const fit = fitOf({ fault: "normal", reconstruction: found });
  assert.match(fit.text, /fit each other: error 0.31/);
  assert.deepEqual(fit.sensors, []);
});

test("beyond it they are named, but for where they are the reasons already", () => {
  const found = { error: 4.2, sensors: [flow] };
  const leak = fitOf({ fault: "seal_leak", reconstruction: found });
  assert.match(leak.text, /do not fit each other: error 4.20/);
  assert.equal(leak.sensors[0].channel, "flow");
  const unknown = fitOf({ fault: "unknown", reconstruction: found });
  assert.deepEqual(unknown.sensors, []);
});
