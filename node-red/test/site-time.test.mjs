import assert from "node:assert/strict";
import { test } from "node:test";
import { ticks } from "../web/episodes.mjs";
import { clock } from "../web/format.mjs";
import {
  dayText,
  minuteText,
  momentOf,
  nextRound,
  startOf,
  starts,
  tickText,
  useZone,
  wallAt,
  weekText,
  whichText,
} from "../web/site-time.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (text) => Date.parse(`${text}Z`);
const BACK = at("2026-10-25T01:00"); // London, from 02:00 to 01:00
Date.now = () => BACK; // what is of its year is told without it
const FORTH = at("2026-03-29T01:00"); // from 01:00 to 02:00

test("times are the site's, whatever the browser's zone is", () => {
  const noon = at("2025-11-20T12:00:09");
  for (const [zone, text] of [
    ["UTC", "12:00:09"],
    ["Pacific/Chatham", "01:45:09"],
    ["Asia/Kathmandu", "17:45:09"],
    ["America/St_Johns", "08:30:09"],
  ]) {
    useZone(zone);
    assert.equal(clock(noon, noon), text);
  }
});

test("yesterday at the site is told with its date, also while it is today elsewhere", () => {
  useZone("Pacific/Auckland");
  const now = at("2025-11-20T12:00");
  assert.equal(clock(at("2025-11-20T11:30"), now), "00:30:00");
  assert.equal(clock(at("2025-11-20T10:30"), now), "20 Nov 23:30");
});

test("a zone that the browser does not know is UTC, and none is a reason to fail", () => {
  assert.equal(useZone("Nowhere/Land"), true);
  assert.equal(useZone("Nowhere/Land"), false);
  assert.equal(minuteText(at("2025-11-20T12:00")), "12:00");
});

test("what the wall shows has its moment: the first where it comes twice", () => {
  useZone("Europe/London");
  assert.equal(momentOf(at("2026-10-25T01:30")), BACK - HOUR / 2);
  assert.equal(momentOf(at("2026-10-25T02:00")), BACK + HOUR);
  assert.equal(momentOf(at("2026-03-29T03:00")), FORTH + HOUR);
  for (const zone of ["Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]) {
    useZone(zone);
    for (let ms = BACK - 30 * HOUR; ms < BACK + 30 * HOUR; ms += 7 * MINUTE) {
      assert.ok(momentOf(wallAt(ms)) <= ms);
      assert.equal(wallAt(momentOf(wallAt(ms))), wallAt(ms));
    }
  }
});

test("days, weeks and months begin at the site's midnight", () => {
  useZone("Europe/London");
  const noon = at("2026-10-26T12:00");
  assert.equal(startOf("day", noon), at("2026-10-26T00:00"));
  assert.equal(startOf("day", noon, 1), at("2026-10-24T23:00"));
  assert.equal(startOf("week", noon, 1), at("2026-10-18T23:00"));
  assert.equal(startOf("month", noon, 10), at("2025-12-01T00:00"));
});

test("starts are all there are, of days of any length, and of a skipped day there is none", () => {
  useZone("Europe/London");
  const days = starts("day", BACK - 25 * HOUR, BACK + 48 * HOUR);
  const lengths = days.slice(1).map((day, place) => (day - days[place]) / HOUR);
  assert.deepEqual(lengths, [24, 25, 24]);
  useZone("Pacific/Apia");
  const apia = starts("day", at("2011-12-29T12:00"), at("2011-12-31T12:00"));
  const texts = apia.map((day) => dayText(day, apia[0]));
  assert.deepEqual(texts, ["29 Dec", "31 Dec", "1 Jan 2012"]);
});

test("a day of another year than the present one has its year, by the site's clock", () => {
  useZone("Asia/Kathmandu");
  const now = at("2026-11-29T08:00");
  assert.equal(dayText(at("2026-01-02T12:00"), now), "2 Jan");
  assert.equal(dayText(at("2099-01-01T12:00"), now), "1 Jan 2099");
  assert.equal(dayText(at("2025-12-31T18:15"), now), "1 Jan");
  assert.equal(dayText(at("2025-12-31T18:14"), now), "31 Dec 2025");
  assert.equal(clock(at("2098-12-31T18:15"), now), "1 Jan 2099 00:00");
  assert.equal(tickText(at("2025-06-02T18:15")), "3 Jun 2025");
});

test("round times of the wall follow each other over a change of the clock", () => {
  useZone("Europe/London");
  const texts = (fromMs, count, stepMs) => {
    const found = [];
    for (let ms = fromMs; found.length < count;) {
      ms = nextRound(ms, stepMs);
      found.push(tickText(ms));
    }
    return found;
  };
  assert.deepEqual(texts(BACK - 90 * MINUTE, 4, HOUR), [
    "01:00",
    "01:00",
    "02:00",
    "03:00",
  ]);
  assert.deepEqual(texts(FORTH - 90 * MINUTE, 3, HOUR), [
    "29 Mar",
    "02:00",
    "03:00",
  ]);
  assert.deepEqual(texts(BACK - 6 * HOUR, 3, 12 * HOUR), [
    "25 Oct",
    "12:00",
    "26 Oct",
  ]);
  useZone("Australia/Lord_Howe");
  const put = at("2026-04-04T15:00");
  assert.deepEqual(texts(put - 90 * MINUTE, 4, HOUR), [
    "01:00",
    "02:00",
    "03:00",
    "04:00",
  ]);
});

test("ticks stand at round times of a half-hour zone", () => {
  useZone("Asia/Kolkata");
  const from = at("2025-11-20T11:50");
  const found = ticks(from, from + 6 * HOUR);
  assert.deepEqual(
    found.map(({ text }) => text),
    ["18:00", "19:00", "20:00", "21:00", "22:00", "23:00"],
  );
  assert.ok(found.every(({ left }) => left >= 0 && left <= 100));
});

test("weeks are counted as ISO 8601 does", () => {
  useZone("UTC");
  for (const [day, week] of [
    ["2024-12-29", "W52"],
    ["2024-12-30", "W1"],
    ["2027-01-03", "W53"],
    ["2027-01-04", "W1"],
  ])
    assert.equal(weekText(at(`${day}T12:00`)), week);
});

test("an hour that comes twice says which it is", () => {
  useZone("Europe/London");
  const first = Date.parse("2026-10-25T00:30:00Z");
  const texts = [-1, 0, 1, 2].map((hours) => whichText(first + hours * 3.6e6));
  assert.deepEqual(texts, ["", " (UTC+1)", " (UTC+0)", ""]);
  useZone("Asia/Kathmandu");
  assert.equal(whichText(first), "");
});
