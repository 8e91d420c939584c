import assert from "node:assert/strict";
import { test } from "node:test";

import { installVirtualTime } from "./virtual-time.js";

const BEGAN_MS = 1_800_000_000_000;
const time = installVirtualTime(BEGAN_MS);

test("what is due is called in its order, at its time, and no later than asked", async () => {
  const called = [];
  const call = (name) => called.push(`${name} at ${Date.now() - BEGAN_MS}`);
  setTimeout(call, 7_200_000, "the last");
  setTimeout(call, 20, "second");
  setTimeout(call, 20, "third");
  setTimeout(() => setTimeout(call, 5, "first"), 10);
  clearTimeout(setTimeout(call, 12, "nobody"));
  setTimeout(call, 7_200_001, "too late");
  await time.runUntil(7_199_999);
  assert.deepEqual(called, ["first at 15", "second at 20", "third at 20"]);
  assert.equal(time.nowMs(), 7_199_999);
  await time.runUntil(7_200_000);
  assert.equal(called.at(-1), "the last at 7200000");
});

test("promises settle before the clock moves on", async () => {
  const seen = [];
  setTimeout(async () => {
    await Promise.resolve();
    await Promise.resolve();
    seen.push(time.nowMs());
  }, 3);
  setTimeout(() => seen.push("later"), 4);
  const endMs = time.nowMs() + 3;
  setTimeout(() => {}, 1000);
  await time.runUntil(endMs + 1);
  assert.deepEqual(seen, [endMs, "later"]);
});

test("a program that waits for nothing is told so, not waited for", async () => {
  await assert.rejects(time.runUntil(Infinity), /nothing is due/);
});
