import assert from "node:assert/strict";
import { test } from "node:test";
import {
  anomalyRow,
  calmText,
  figureView,
  learningText,
  oddOf,
} from "../web/anomalies.mjs";

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

const figure = (value, low, high, reason = null) => ({
  unit: "h",
  value,
  low,
  high,
  of: 1,
  reason,
});

test("a figure has its bounds, or says why there is none", () => {
  assert.deepEqual(figureView(figure(23.94, 4.3, 1018.2)), {
    text: "24 h",
    hint: "4.3 h to 1,018 h",
  });
  assert.deepEqual(figureView(figure(2, 0.5, null)), {
    text: "2.0 h",
    hint: "30 min or more",
  });
  assert.deepEqual(figureView(figure(null, 8, null, "no anomaly began")), {
    text: "8.0 h or more",
    hint: "no anomaly began",
  });
  assert.deepEqual(figureView(figure(null, null, null, "nothing")), {
    text: "–",
    hint: "nothing",
  });
});

test("that nothing was found is said of the time in which anybody looked", () => {
  const day = { from_ms: 0, to_ms: 86_400_000 };
  const said = (judged_ms) => calmText({ ...day, judged_ms });
  assert.equal(said(0), "It was not judged in this time.");
  assert.equal(
    said(5_400_000),
    "Nothing was unlike its normal while it was judged: 1 h 30 min of this time.",
  );
  assert.equal(said(86_300_000), "Nothing was unlike its normal in this time.");
});

test("an anomaly is told by its kind, with what speaks for it and not twice", () => {
  const told = {
    id: 7,
    method: "classified",
    kind: "wear",
    name: "fault_bearing",
    severity: "High",
    text: "Bearing Wear (90 % sure): order one.",
    start_ms: 0,
    end_ms: 60_000,
    evidence: [
      { channel: "current", weight: 0.7, text: "current is 2.9 A" },
      { channel: "rpm", weight: 1, text: "Bearing Wear (90 % sure)" },
    ],
  };
  const row = anomalyRow(told, 60_000, (name) => name);
  assert.equal(row.title, "Wear");
  assert.equal(row.method, "Fault");
  assert.deepEqual(
    row.evidence.map(({ text, share }) => [text, share.replace(/\s/u, " ")]),
    [["current is 2.9 A", "70 %"]],
  );
  assert.equal(
    anomalyRow({ ...told, kind: null }, 0, (name) => `of ${name}`).title,
    "of fault_bearing",
  );
  assert.match(
    anomalyRow({ ...told, end_ms: null }, 0, String).when,
    /^since /,
  );
});
