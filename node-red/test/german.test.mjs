import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dictionary } from "../web/dictionary.mjs";

// As in a browser that asks for German: what is drawn on a canvas is told by its locale.
const browser = { languages: ["de-DE", "en"] };
Object.defineProperty(globalThis, "navigator", { value: browser });
globalThis.document = { documentElement: {} };
const { barText } = await import("../web/energy-loads.mjs");
const { findProblems } = await import("../web/problems.mjs");

const NOON_MS = Date.UTC(2026, 10, 30, 12); // a Monday
const FILE = new URL("../web/languages/de.json", import.meta.url);
const tr = dictionary(JSON.parse(readFileSync(FILE, "utf8")), "de-DE");

test("below bars of a week stand the weekdays of the page's language", () => {
  const days = [0, 1, 2].map((at) =>
    barText(NOON_MS + at * 86_400_000, "week"),
  );
  assert.deepEqual(days, ["Mo", "Di", "Mi"]);
});

test("a process that was started again is told in whole sentences", () => {
  const health = (names) => ({
    asked: true,
    answers: true,
    status: "ok",
    dependencies: { broker: { status: "ok" } },
    processes: names.map((name) => ({
      name,
      down: false,
      last_exit_ms: NOON_MS - 60_000,
    })),
  });
  const [one, two] = [["gateway"], ["gateway", "inference"]].map((names) => {
    const live = { broker: "ok", devices: [], nowMs: NOON_MS };
    return tr(findProblems({ ...live, health: health(names) })[0].text);
  });
  assert.match(
    one,
    /^Der Prozess gateway \(.+\) endete und wurde neu gestartet\.$/,
  );
  assert.match(
    two,
    /^Die Prozesse gateway .+ endeten und wurden neu gestartet\.$/,
  );
});

test("what the gateway gives as a reason is told in German", () => {
  const reasons = [
    "it was not judged in this time",
    "nobody knows how it does now",
    "it draws no more than normal; what it costs otherwise nobody has said",
  ];
  assert.deepEqual(
    reasons.filter((reason) => tr(reason) === reason),
    [],
  );
});
