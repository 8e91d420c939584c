import assert from "node:assert/strict";
import { test } from "node:test";
import { learningText, oddOf } from "../web/anomalies.mjs";

const SPAN = { fromMs: 1000, toMs: 2000 };
const one = (method, start_ms, end_ms) => ({ method, start_ms, end_ms });

test("anomalies lie where they were, cut at the ends; a class has a bar of its own", () => {
  const found = oddOf(
    [
      one("joint", 500, 1500),
      one("limits", 1800, null),
      one("classified", 1200, 1300),
      one("rolling", 2100, null),
      one("joint", 100, 900),
    ],
    SPAN,
  );
  const places = found.map(({ left, width }) => [left, width]);
  assert.deepEqual(places, [
    [0, 50],
    [80, 20],
  ]);
});

test("how far learning is is said until it is done", () => {
  const half = { stage: "learning", share: 0.5 };
  assert.match(learningText(half), /50\s?%/u);
  assert.equal(learningText({ stage: "learned", share: 1 }), "");
  assert.equal(learningText(undefined), "");
});
