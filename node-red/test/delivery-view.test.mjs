import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deliveryOrder,
  deliveryTotals,
  reasonText,
} from "../web/delivery-view.mjs";

test("delivery: sums, the odd ones first, reasons in words", () => {
  const lines = [
    { device: "a", stored: 5, missing: 0 },
    { device: "b", stored: 7, missing: 2, quarantined: 1 },
  ];
  assert.equal(deliveryTotals(lines).stored, 12);
  assert.equal(deliveryTotals(lines).duplicates, 0);
  const flood = { device: "c", stored: 1, over_budget: 900 };
  assert.equal(deliveryTotals([...lines, flood]).over_budget, 900);
  assert.equal(deliveryOrder([...lines, flood])[0].device, "c");
  assert.equal(deliveryOrder(lines)[0].device, "b");
  assert.equal(reasonText("not_json"), "not JSON");
  assert.equal(reasonText("brand_new"), "brand new");
});
