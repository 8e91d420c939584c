import assert from "node:assert/strict";
import { test } from "node:test";
import * as format from "../web/format.mjs";

test("numbers, quantities, money and shares read as a person writes them", () => {
  assert.equal(format.number(1187.4, 0), "1,187");
  assert.equal(format.number(null), "–");
  assert.equal(format.number(-0.0004, 2), "0.00");
  assert.equal(format.number(-0.4, 1), "-0.4");
  assert.equal(format.number(1e300, 1), "1E300");
  assert.equal(format.brief(123456789012345), "1.235E14");
  assert.deepEqual(format.quantity(1234.5, "Wh"), {
    text: "1.23",
    unit: "kWh",
  });
  assert.deepEqual(format.quantity(0.5, "g"), { text: "0.50", unit: "g" });
  assert.equal(format.money(12, "GBP"), "£12.00");
  assert.equal(format.money(0.0123, "GBP"), "£0.0123");
  assert.equal(format.money(0.0000278, "GBP"), "£0.000028");
  assert.equal(format.money(1, "not a currency"), "1.00 not a currency");
  assert.equal(format.percent(0.9999), ">99 %");
  assert.equal(format.percent(1), "100 %");
  assert.equal(format.percent(0.0004), "<1 %");
  assert.equal(format.percent(0), "0 %");
  assert.equal(format.unitText("1"), "");
});

test("spans of time in words", () => {
  assert.equal(format.duration(42_000), "42 s");
  assert.equal(format.duration(12_000_000), "3 h 20 min");
  assert.equal(format.duration(2 * 86_400_000), "2 d");
  assert.equal(format.ago(undefined, 5), "never");
  assert.equal(format.ago(0, 90_000), "1 min ago");
});

test("an unknown severity is coloured as nothing, never as a class of its own", () => {
  assert.equal(format.severityClass("High"), "sev-high");
  assert.equal(format.severityClass('"><script>'), "sev-none");
});

test("what was not judged is neither healthy nor faulty", () => {
  const episode = { fault: "not_judged", severity: "None" };
  assert.equal(format.episodeClass(episode), "sev-quiet");
  const fault = { fault: "overcurrent", severity: "High" };
  assert.equal(format.episodeClass(fault), "sev-high");
});
