import assert from "node:assert/strict";
import { test } from "node:test";
import { asWritten } from "../web/dictionary.mjs";
import { routeSentences, targetLine } from "../web/notifications-view.mjs";

const routeText = (route) =>
  routeSentences(route)
    .map((sentence) => asWritten(...sentence))
    .join(" ");

const NOW = Date.UTC(2026, 10, 29, 12);
const QUIET = {
  name: "office",
  address: "mailtos://…",
  failure: null,
  told_ms: null,
  waiting: 0,
  due_ms: null,
  failing_since_ms: null,
  last_failure: null,
  last_failed_ms: null,
  expired: 0,
  expired_ms: null,
};

test("a route says whom it tells, of what, when, and who else is told later", () => {
  assert.equal(
    routeText({ name: "all", tell: ["office"], severity: "Low" }),
    "Tells office of every alarm.",
  );
  const route = {
    name: "on call",
    tell: ["phone", "office"],
    severity: "High",
    places: ["hall 2"],
    groups: [],
    machines: ["fan-01", "fan-02", "fan-03"],
    weekdays: ["mon", "fri"],
    hours: { from: "14:00:00", to: "22:00:00" },
    quiet: { from: "22:00:00", to: "06:00:00" },
    digest_min: 30,
    at_once: "Critical",
    acknowledged: true,
    escalate_after_min: 20,
    escalate_to: ["boss"],
  };
  assert.equal(
    routeText(route),
    "Tells phone, office of alarms from High up. Only those in hall 2. " +
      "Only those of fan-01, fan-02, fan-03. Only on Mon, Fri. Only between 14:00 and 22:00. What comes within 30 min is one message. " +
      "What comes from 22:00 to 06:00 is told at 06:00. Critical waits for nothing. " +
      "Acknowledgements are told too. Not acknowledged after 20 min: boss as well.",
  );
});

test("nothing waits for what is told at once, where nothing waits at all", () => {
  const text = routeText({ tell: ["a"], at_once: "High", digest_min: 0 });
  assert.equal(text, "Tells a of every alarm.");
});

test("a target that fails says since when and why, one that was mended what failed last", () => {
  const failing = targetLine(
    { ...QUIET, failure: "refused", failing_since_ms: NOW, last_failure: "x" },
    NOW,
  );
  assert.match(failing.failure, /^Nothing arrives since .+: refused$/);
  assert.deepEqual([failing.severity, failing.isFailing], ["sev-high", true]);
  const mended = targetLine(
    { ...QUIET, last_failure: "refused", last_failed_ms: NOW },
    NOW,
  );
  assert.match(mended.failure, /^Failed last .+: refused$/);
  assert.deepEqual([mended.severity, mended.isFailing], ["sev-none", false]);
});

test("what waits, and what nobody could tell, is counted; nothing is said of nothing", () => {
  const line = targetLine(QUIET, NOW);
  assert.deepEqual(
    [line.told, line.waiting, line.failure, line.expired],
    ["told nothing so far", "", "", ""],
  );
  const busy = { ...QUIET, waiting: 3, due_ms: NOW + 60_000, expired: 2 };
  const told = targetLine({ ...busy, expired_ms: NOW }, NOW);
  assert.match(told.waiting, /^3 wait until .+/);
  assert.match(told.expired, /^2 could not be told in time, last .+/);
  assert.equal(
    targetLine({ ...QUIET, waiting: 1, due_ms: 1 }, NOW).waiting,
    "1 waits",
  );
});
