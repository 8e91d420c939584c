import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fieldOf,
  logLines,
  marksOf,
  momentIn,
  textOf,
  typedOver,
} from "../web/log-view.mjs";
import { useZone } from "../web/site-time.mjs";

const NOW = Date.UTC(2026, 10, 29, 12);
const ENTRY = {
  id: "0123456789ab",
  device: "fan-01",
  time_ms: NOW - 60_000,
  until_ms: null,
  text: "New filter.",
  event: null,
  changed_by: "Sam",
};
const SERVICES = [{ title: "Descaling", reset_by: "descaled" }];

test("log: a service that was done is told by its title, with the words", () => {
  const done = { event: "descaled", text: "By hand." };
  assert.equal(textOf(done, SERVICES), "Done: Descaling. By hand.");
  assert.equal(textOf({ event: "oiled", text: "" }, SERVICES), "Done: oiled");
});

test("log: a line says when, what and who, and that it is of the site", () => {
  const site = { ...ENTRY, device: null, until_ms: NOW };
  const [own, all] = logLines([ENTRY, site], [], NOW);
  assert.deepEqual(
    [own.text, own.who, own.isOfSite],
    ["New filter.", "Sam", false],
  );
  assert.deepEqual([all.who, all.isOfSite], ["Sam, site", true]);
  assert.match(all.when, / to /);
});

test("log: marks lie in the window, cut at its ends, and none outside", () => {
  const window = { fromMs: NOW - 100_000, toMs: NOW };
  const long = {
    ...ENTRY,
    id: "b",
    time_ms: NOW - 500_000,
    until_ms: NOW - 75_000,
  };
  const gone = { ...ENTRY, time_ms: NOW - 500_000 };
  const found = marksOf([ENTRY, long, gone], window);
  assert.deepEqual(
    found.map(({ id, left, width }) => [id, left, width]),
    [
      ["0123456789ab", 40, 0],
      ["b", 0, 25],
    ],
  );
});

test("log: a time that nobody types over stays as exact as it was", () => {
  const ms = Date.parse("2026-11-20T09:00:12.345Z");
  assert.equal(typedOver(fieldOf(ms), ms), ms);
  assert.equal(typedOver(fieldOf(ms).replace(":12", ":13"), ms), ms + 655);
  assert.equal(typedOver("", ms), undefined);
  assert.equal(typedOver(fieldOf(null), null), null);
});

test("log: a time is the site's, and none is now", () => {
  useZone("Asia/Kathmandu");
  assert.equal(momentIn("2026-11-29T12:00"), Date.UTC(2026, 10, 29, 6, 15));
  assert.equal(momentIn(""), undefined);
  assert.throws(() => momentIn("soon"), /must be a date/);
  useZone("UTC");
});
