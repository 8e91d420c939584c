import assert from "node:assert/strict";
import { test } from "node:test";
import {
  PRESETS,
  beside,
  presetOf,
  presetWindow,
  untilNowText,
  upTo,
  windowText,
} from "../web/calendar.mjs";
import { useZone } from "../web/site-time.mjs";
import { moved } from "../web/spans.mjs";

const HOUR = 3_600_000;
const at = (text) => Date.parse(`${text}Z`);
const window = (from, to) => ({ fromMs: at(from), toMs: at(to) });
const iso = ({ fromMs, toMs }) =>
  [fromMs, toMs].map((ms) => new Date(ms).toISOString().slice(0, 16));
const MONDAY = at("2026-10-26T12:00"); // the day after the clock was put back in London
Date.now = () => MONDAY;

test("a day, week or month is whole by the site's clock, also where the clock was put", () => {
  useZone("Europe/London");
  const shown = (name) => iso(presetWindow(name, MONDAY));
  assert.deepEqual(shown("today"), ["2026-10-26T00:00", "2026-10-27T00:00"]);
  assert.deepEqual(shown("yesterday"), [
    "2026-10-24T23:00",
    "2026-10-26T00:00",
  ]);
  assert.deepEqual(shown("last-week"), [
    "2026-10-18T23:00",
    "2026-10-26T00:00",
  ]);
  assert.deepEqual(shown("this-month"), [
    "2026-09-30T23:00",
    "2026-11-01T00:00",
  ]);
  for (const { value } of PRESETS)
    assert.equal(presetOf(presetWindow(value, MONDAY), MONDAY), value);
  assert.equal(presetOf({ fromMs: 0, toMs: HOUR }, MONDAY), "");
});

test("whole days, weeks and months move by themselves, and never behind today", () => {
  useZone("Europe/London");
  const earlier = (name) => iso(beside(presetWindow(name, MONDAY), -1));
  assert.deepEqual(earlier("today"), ["2026-10-24T23:00", "2026-10-26T00:00"]);
  assert.deepEqual(earlier("this-week"), [
    "2026-10-18T23:00",
    "2026-10-26T00:00",
  ]);
  const march = window("2026-03-01T00:00", "2026-03-31T23:00");
  assert.deepEqual(iso(beside(march, -1)), [
    "2026-02-01T00:00",
    "2026-03-01T00:00",
  ]);
  assert.equal(beside(window("2026-03-01T00:00", "2026-03-01T00:30"), 1), null);
  const yesterday = presetWindow("yesterday", MONDAY);
  const today = presetWindow("today", MONDAY);
  assert.deepEqual(moved(yesterday, 1, MONDAY), today);
  assert.deepEqual(moved(today, 1, MONDAY), today);
  assert.deepEqual(moved(today, -1, MONDAY), yesterday);
});

test("a window is told in words, as far as it has come", () => {
  useZone("Europe/London");
  const told = (name) => windowText(presetWindow(name, MONDAY), MONDAY);
  assert.equal(told("today"), "26 Oct so far");
  assert.equal(told("yesterday"), "25 Oct");
  assert.equal(told("last-week"), "19 Oct to 25 Oct");
  const text = (from, to) => windowText(window(from, to), MONDAY);
  assert.equal(
    text("2026-10-26T08:00", "2026-10-26T09:30"),
    "26 Oct 08:00 to 09:30",
  );
  assert.equal(
    text("2025-12-31T08:00", "2026-01-01T09:00"),
    "31 Dec 2025 08:00 to 1 Jan 09:00",
  );
  const since = at("2026-10-19T23:00");
  assert.equal(untilNowText({ fromMs: since, toMs: MONDAY }), "since 20 Oct");
  const day = { fromMs: MONDAY - 24 * HOUR, toMs: MONDAY };
  assert.equal(untilNowText(day), "last 24 h");
  const today = presetWindow("today", MONDAY);
  assert.deepEqual(upTo(today, MONDAY), { ...today, toMs: MONDAY });
  assert.deepEqual(upTo(today, at("2026-10-28T00:00")), today);
  assert.deepEqual(upTo(today, at("2026-10-25T00:00")), today);
});
