import assert from "node:assert/strict";
import { test } from "node:test";
import {
  channelForm,
  channelPatch,
  channelText,
  newLimit,
  partOf,
  typeName,
} from "../web/channel-forms.mjs";

const LIMIT = {
  side: "high",
  at: 80,
  hysteresis: 5,
  delay_s: 10,
  severity: "High",
  advice: "Open a window.",
};
const HUMIDITY = {
  name: "humidity",
  title: "Humidity",
  unit: "1",
  decimals: 1,
  normal: [30, 60],
  limits: [LIMIT],
};

test("channels: a form that is not touched changes nothing", () => {
  assert.deepEqual(channelPatch(channelForm(HUMIDITY), HUMIDITY), {});
  const bare = { name: "a", title: "A", unit: "1", decimals: 1, normal: null };
  assert.deepEqual(channelPatch(channelForm(bare), bare), {});
});

test("channels: what is changed is said, what is emptied is taken back", () => {
  const form = {
    ...channelForm(HUMIDITY),
    title: " ",
    unit: "%",
    least: "25,5",
    decimals: "0",
  };
  assert.deepEqual(channelPatch(form, HUMIDITY), {
    title: null,
    unit: "%",
    decimals: 0,
    normal: [25.5, 60],
  });
  const empty = { ...channelForm(HUMIDITY), least: "", most: "", limits: [] };
  assert.deepEqual(channelPatch(empty, HUMIDITY), { normal: null, limits: [] });
});

test("channels: of limits all are said, as numbers", () => {
  const form = channelForm(HUMIDITY);
  form.limits.push({ ...newLimit(form.limits), at: "20", advice: "Water." });
  const { limits } = channelPatch(form, HUMIDITY);
  assert.deepEqual(limits[0], LIMIT);
  assert.deepEqual(limits[1], {
    side: "low",
    at: 20,
    hysteresis: 0,
    delay_s: 5,
    severity: "Medium",
    advice: "Water.",
  });
});

test("channels: what is no number is a sentence, and stands at its part of the form", () => {
  const wrong = (changes) => () =>
    channelPatch({ ...channelForm(HUMIDITY), ...changes }, HUMIDITY);
  assert.throws(wrong({ least: "dry" }), /normal band must be a number/);
  assert.throws(wrong({ limits: [newLimit()] }), /The limit must be a number/);
  assert.equal(
    partOf("Each end of the normal band must be a number."),
    "normal",
  );
  assert.equal(partOf("The limit must be a number."), "limits");
  assert.equal(partOf("humidity: the unit 'x' is none."), "unit");
  assert.equal(partOf("The dashboard cannot be reached."), "");
});

test("channels: one line says what is known of a channel", () => {
  assert.equal(channelText(HUMIDITY), "no unit · normal 30 to 60 · 1 limit");
  assert.equal(channelText({ unit: "%", normal: null }), "%");
});

test("channels: a type's name follows its title", () => {
  assert.equal(typeName("Grün-House 2 "), "grun_house_2");
  assert.equal(typeName("2nd press"), "nd_press");
});
