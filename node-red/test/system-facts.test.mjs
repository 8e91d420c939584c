import assert from "node:assert/strict";
import { test } from "node:test";
import { versions } from "../lib/web-files.mjs";
import { bytesText, systemCards } from "../web/system-facts.mjs";

const NOW_MS = 1_700_000_000_000;
const SYSTEM = {
  disk: { journal: 7.34e8, reserve: 3.3e7, free: 2.1e10, total: 3.1e10 },
  kept: {
    reading_days: 7,
    minute_days: 365,
    alarm_days: 400,
    oldest_reading_ms: null,
  },
  clock: {
    now_ms: NOW_MS,
    time_zone: "Asia/Kathmandu",
    offset_ms: null,
    within_ms: null,
    boards: 0,
  },
  work: {
    queue: 0,
    messages: 9,
    readings_stored: 12345,
    duplicates: 0,
    dropped: 0,
    diagnoses: 1,
  },
  versions: { gateway: "1.0", inference: null, models: {}, boards: {} },
  budgets: { readings_per_s: 200, mb_a_day: 2000, over: {} },
  refused: { by_reason: {}, kept: 0, kept_bytes: 0, newest_ms: null },
};

function lines(title, change = {}) {
  const cards = systemCards({ ...SYSTEM, ...change });
  const { lines: found } = cards.find((card) => card.title === title);
  return Object.fromEntries(found.map(({ name, ...rest }) => [name, rest]));
}

test("bytes are in the unit that suits them", () => {
  const texts = [0, 999, 1000, 33_554_432, 2e10, 5e15, NaN].map(bytesText);
  assert.deepEqual(texts, [
    ...["0 B", "999 B", "1 kB", "33.55 MB", "20 GB", "5,000 TB", "–"],
  ]);
});

test("a disk that is nearly full, and a reserve that is used up, ask for room", () => {
  assert.equal(lines("Disk")["Free on its disk"].severity, "");
  const disk = { ...SYSTEM.disk, free: 1e9, reserve: 0 };
  const tight = lines("Disk", { disk });
  assert.match(tight["Free on its disk"].note, /^3 % free: make room$/);
  assert.equal(tight.Reserve.severity, "sev-high");
});

test("the clock is told beside the boards, and as not known where there are none", () => {
  assert.equal(lines("Clock")["Beside boards"].text, "not known");
  const near = { ...SYSTEM.clock, offset_ms: -800, within_ms: 3000, boards: 5 };
  const beside = lines("Clock", { clock: near })["Beside boards"];
  assert.deepEqual(
    [beside.text, beside.note],
    ["as the boards", "to within 3 s, by 5 boards"],
  );
  const far = { ...near, offset_ms: 3_600_000 };
  const told = lines("Clock", { clock: far })["Beside boards"].text;
  assert.equal(told, "1 h 0 min ahead of the boards");
});

test("models, programs of boards and refusals have a line each", () => {
  const fan = { status: "missing", detail: "Train it." };
  const made = {
    ...SYSTEM.versions,
    models: { fan },
    boards: { 0.8: 1, 0.9: 4 },
  };
  const told = lines("Versions", { versions: made });
  assert.deepEqual(told["Model of fan"], {
    text: "missing",
    note: "Train it.",
    severity: "sev-medium",
  });
  const since = new Date(NOW_MS - 3 * 86_400_000).toISOString();
  const pump = { status: "ok", model: "pump-1", trained_at: since };
  const learned = { ...pump, macro_f1: 0.973, verdicts: 12 };
  const both = { pump: learned, press: { ...learned, verdicts: 0 } };
  const noted = lines("Versions", { versions: { ...made, models: both } });
  assert.equal(
    noted["Model of pump"].note,
    "trained 3 d ago, macro-F1 0.97, of 12 verdicts too",
  );
  assert.equal(noted["Model of press"].note, "trained 3 d ago, macro-F1 0.97");
  assert.equal(told["Program of 4 boards"].text, "0.9");
  assert.equal(told["Program of 1 board"].text, "0.8");
  const refused = {
    by_reason: { out_of_range: 12 },
    kept: 12,
    kept_bytes: 2000,
    newest_ms: NOW_MS,
  };
  const kept = lines("Refused", { refused });
  assert.equal(kept["beyond what the sensor can report"].text, "12");
  assert.equal(kept["Kept to look at"].text, "12 (2 kB)");
  const budgets = { ...SYSTEM.budgets, over: { "press-01": 40 } };
  assert.equal(
    lines("Budgets of boards", { budgets })["press-01"].text,
    "40 turned away",
  );
});

test("the dashboard tells what it is made of", () => {
  for (const version of Object.values(versions()))
    assert.match(version, /^\d+\.\d+/);
});
