import assert from "node:assert/strict";
import test from "node:test";
import { iconCodes, iconFace, iconFont, iconNames } from "../lib/icon-font.mjs";
import { sharedEcharts } from "../lib/dashboard-files.mjs";

const WHOLE_BYTES = 403_216;

test("every icon that is named is one of Dashboard's", () => {
  assert.ok(iconNames().includes("mdi-fan"));
  assert.ok(iconNames().includes("mdi-view-grid"));
  assert.equal(iconCodes().length, iconNames().length);
});

test("the small font has them and little else", async () => {
  const font = await iconFont();
  assert.equal(font.subarray(0, 4).toString(), "wOF2");
  assert.ok(font.length < WHOLE_BYTES / 20);
  assert.match(iconFace(), /unicode-range: U\+f[\da-f]{4}, /);
});

test("Dashboard's ECharts can be shared", () => {
  assert.match(
    sharedEcharts(),
    /^export \{ \w+ as init \} from "\/dashboard\/assets\/echarts-/,
  );
});
