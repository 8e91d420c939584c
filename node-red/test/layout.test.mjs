import assert from "node:assert/strict";
import { test } from "node:test";
import { pairs, rowLengths, spans } from "../web/layout.mjs";

test("at most four gauges stand in a row, and none stands alone", () => {
  assert.deepEqual(rowLengths(7, 4), [4, 3]);
  assert.deepEqual(rowLengths(5, 4), [3, 2]);
  assert.deepEqual(rowLengths(13, 4), [4, 3, 3, 3]);
  for (let count = 2; count <= 60; count += 1) {
    const lengths = rowLengths(count, 4);
    assert.equal(
      lengths.reduce((sum, length) => sum + length, 0),
      count,
    );
    assert.ok(lengths.every((length) => length >= 2 && length <= 4));
  }
});

test("on a phone two stand in a row, and three where one would be left", () => {
  assert.deepEqual(rowLengths(4, 2), [2, 2]);
  assert.deepEqual(rowLengths(7, 2), [3, 2, 2]);
  assert.deepEqual(rowLengths(3, 2), [3]);
});

test("each row is full, also of one gauge or of none", () => {
  assert.deepEqual(spans(1, 4), [12]);
  assert.deepEqual(spans(0, 4), []);
  assert.deepEqual(spans(5, 4), [4, 4, 4, 6, 6]);
});

test("cards of text stand in pairs, a last one over the whole width", () => {
  assert.deepEqual(pairs(3), [6, 6, 12]);
  assert.deepEqual(pairs(2), [6, 6]);
  assert.deepEqual(pairs(0), []);
});
