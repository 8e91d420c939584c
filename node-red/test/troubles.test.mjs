import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asideNames,
  asideOf,
  asideText,
  believed,
  clockNotice,
  clockText,
  everyText,
  exactly,
  notJudged,
  deliveryText,
  rateText,
  seenMs,
  surplusOf,
  suspicionOf,
} from "../web/troubles.mjs";

const HOUR_MS = 3_600_000;
const offset = (offset_ms, uncertainty_ms = 200, corrected = true) => ({
  offset_ms,
  uncertainty_ms,
  corrected,
});

test("a length of time is told to its second unit and never as sixty of one", () => {
  const told = [0, 240, 59_940, 59_960, 185_000, 3_599_900, 5 * HOUR_MS];
  assert.deepEqual(told.map(exactly), [
    "0 s",
    "0.2 s",
    "59.9 s",
    "1 min 0 s",
    "3 min 5 s",
    "1 h 0 min",
    "5 h 0 min",
  ]);
  assert.equal(exactly(52 * HOUR_MS), "2 d 4 h");
});

test("a board's clock is told in words, with its uncertainty and what is done about it", () => {
  assert.equal(
    clockNotice(offset(5 * HOUR_MS)),
    "The board's clock is 5 h 0 min behind (± 0.2 s); times are corrected.",
  );
  assert.equal(
    clockNotice(offset(-95_000, 2_000, false)),
    "The board's clock is 1 min 35 s ahead (± 2 s); times are as the board says them.",
  );
  assert.equal(clockText(offset(12, 40)), "right (± 0.1 s)");
  assert.equal(
    clockText(offset(4_000, 40)),
    "4 s behind (± 0.1 s); times are corrected",
  );
  for (const none of [null, undefined]) {
    assert.equal(clockText(none), "");
    assert.equal(clockNotice(none), "");
  }
  assert.equal(clockNotice(offset(29_000)), "");
});

test("the newest reading is as old as it is, also when the board's clock is off", () => {
  const state = { time_ms: 10 * HOUR_MS };
  assert.equal(seenMs(state), 10 * HOUR_MS);
  assert.equal(seenMs({ ...state, clock: offset(HOUR_MS) }), 10 * HOUR_MS);
  const uncorrected = { ...state, clock: offset(HOUR_MS, 200, false) };
  assert.equal(seenMs(uncorrected), 11 * HOUR_MS);
  assert.equal(seenMs({ time_ms: 0, clock: offset(HOUR_MS, 1, false) }), null);
  assert.equal(seenMs(null), null);
});

test("a rate is told as it is measured, and the announced one where it is another", () => {
  const periods = [10, 200, 1000, 10_000, 60_000, 90_000, HOUR_MS];
  assert.deepEqual(periods.map(everyText), [
    "100 a second",
    "5 a second",
    "every 1 s",
    "every 10 s",
    "every 1 min",
    "every 1 min 30 s",
    "every 1 h",
  ]);
  assert.equal(rateText(200, 5), "5 a second");
  assert.equal(rateText(210, 5), "4.76 a second");
  assert.equal(rateText(10_000, 5), "every 10 s (announced: 5 a second)");
  assert.equal(rateText(null, 5), "5 a second, announced");
  assert.equal(rateText(10_000, null), "every 10 s");
  assert.equal(deliveryText({ sequenced: false }, null), "unsequenced");
  assert.match(deliveryText({ sequenced: true }, null), /a gap is noticed/);
  assert.equal(deliveryText({ sequenced: true }, 1_700_000_000_000), "");
  assert.equal(rateText(null, null), "");
});

const BAD = {
  value: -127,
  reason: "out_of_range",
  detail: "temperature is -127, possible is -40 to 150 °C",
  since_ms: 7,
};
const SURPLUS = {
  value: 41,
  reason: "unknown_channel",
  detail: "",
  since_ms: 7,
};
const STATE = {
  values: { temperature: 41, rpm: 1200 },
  troubles: { temperature: BAD, humidity: SURPLUS },
};

test("a channel that is set aside does not count; one too many is offered", () => {
  assert.equal(asideOf(STATE, "temperature"), BAD);
  assert.equal(asideOf(STATE, "rpm"), null);
  assert.equal(asideOf(STATE, "humidity"), null);
  assert.deepEqual(asideNames(STATE), ["temperature"]);
  assert.deepEqual(believed(STATE), { rpm: 1200 });
  assert.deepEqual(surplusOf(STATE, { title: "Cooling fan" }), [
    {
      name: "humidity",
      text: "humidity 41: not a channel of a cooling fan",
      why: "",
    },
  ]);
  const detail =
    "'Öl' is no name: letters, digits and _ . - only, at most 64 of them";
  const odd = {
    troubles: { Öl: { value: 3, reason: "unknown_channel", detail } },
  };
  assert.equal(surplusOf(odd, { title: "Oven" })[0].why, detail);
  assert.match(surplusOf(STATE, { title: "Oven" })[0].text, /of an oven$/);
  for (const none of [null, {}, { values: {} }]) {
    assert.deepEqual(asideNames(none), []);
    assert.deepEqual(believed(none), {});
    assert.deepEqual(surplusOf(none, { title: "Oven" }), []);
  }
});

test("a gauge says why its channel is set aside, whatever came with it", () => {
  const channel = { decimals: 1, unit: "°C" };
  assert.equal(asideText(BAD, channel), BAD.detail);
  assert.equal(
    asideText({ ...BAD, detail: "" }, channel),
    "-127.0 °C does not count",
  );
});

test("a present diagnosis names the channel it is of, and no other", () => {
  const stuck = { channel: "rpm", fault_label: "Stuck Sensor", stale: false };
  assert.equal(suspicionOf(stuck, "rpm"), "Stuck Sensor");
  assert.equal(suspicionOf(stuck, "current"), "");
  assert.equal(suspicionOf({ ...stuck, stale: true }, "rpm"), "");
  assert.equal(suspicionOf({ ...stuck, channel: null }, "rpm"), "");
  assert.equal(suspicionOf(null, "rpm"), "");
});

test("what cannot be judged says why", () => {
  const why = "It measures once a minute; judging needs ten readings a minute.";
  assert.equal(notJudged({ not_judged: why }, null), why);
  const slow = {
    fault: "not_judged",
    fault_label: "Too slow to judge",
    advice: why,
  };
  assert.equal(notJudged({ not_judged: null }, slow), why);
  assert.equal(notJudged(null, { ...slow, advice: "" }), "Too slow to judge");
  assert.equal(notJudged({ not_judged: null }, { fault: "normal" }), "");
  assert.equal(notJudged(null, null), "");
});
