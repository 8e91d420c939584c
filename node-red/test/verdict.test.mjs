import assert from "node:assert/strict";
import { test } from "node:test";
import { alarmNotice, verdictOf } from "../web/verdict.mjs";

const NOW_MS = Date.UTC(2026, 5, 3, 12);
const TYPE = {
  byFault: { dry_run: { label: "Dry Run" } },
  byChannel: { temperature: { title: "Temperature" } },
};
const HEARD = { status: "online", fresh: true, seenMs: NOW_MS - 1000 };
const NORMAL = { fault: "normal", label: "Normal", severity: "None" };
const WELL = {
  ...HEARD,
  ...NORMAL,
  confidence: 0.99,
  worst: 0,
  topAlarm: null,
};
const HOT = {
  worst: 2,
  topAlarm: { name: "temperature_high", raisedMs: NOW_MS - 300_000 },
};

const said = (device) => {
  const { text, severity, note } = verdictOf(device, TYPE, NOW_MS);
  return [text, severity, note];
};

test("a card names an open alarm that is graver than the diagnosis", () => {
  assert.deepEqual(said(WELL), ["Normal", "sev-none", "99 %"]);
  const hot = ["Temperature high", "sev-medium", "5 min ago"];
  assert.deepEqual(said({ ...WELL, ...HOT }), hot);
  for (const extra of [{ stopped: true }, { unjudged: true }, { stale: true }])
    assert.deepEqual(said({ ...WELL, ...HOT, ...extra }), hot);
});

test("a fault as grave as its alarm is told with how sure it is", () => {
  const fault = { fault: "dry_run", label: "Dry Run", severity: "High" };
  const topAlarm = { name: "fault_dry_run", raisedMs: NOW_MS };
  const device = { ...WELL, ...fault, worst: 3, topAlarm };
  assert.deepEqual(said(device), ["Dry Run", "sev-high", "99 %"]);
});

test("a card says what is not known: silence, no judgement, an old one, a standstill", () => {
  const gone = { ...WELL, ...HOT, fresh: false, seenMs: NOW_MS - 60_000 };
  assert.match(said(gone)[0], /^Silent since /);
  assert.deepEqual(said(gone).slice(1), ["sev-medium", "1 min ago"]);
  const unjudged = { ...WELL, unjudged: true };
  assert.deepEqual(said(unjudged), ["Not judged", "sev-quiet", ""]);
  const fresh = { ...WELL, label: "", fault: "", confidence: null };
  assert.deepEqual(said(fresh), ["Not judged yet", "sev-quiet", ""]);
  assert.deepEqual(said({ ...WELL, stale: true }), [
    "Normal",
    "sev-quiet",
    "stale",
  ]);
  const stopped = { ...WELL, unjudged: true, stopped: true };
  assert.deepEqual(said(stopped), ["Stopped", "sev-quiet", ""]);
});

test("a diagnosis that finds nothing sends to the alarm that is open all the same", () => {
  const low = { id: 1, name: "silent", severity: "Low", raised_ms: 1 };
  const hot = { ...low, id: 2, name: "temperature_high", severity: "High" };
  const notice = (alarms, diagnosis = NORMAL) =>
    alarmNotice(diagnosis, alarms, TYPE);
  assert.match(notice([hot]), /^An alarm is open: Temperature high\./);
  assert.match(notice([low, hot]), /^2 alarms are open, the gravest: Temp/);
  assert.equal(notice([]), "");
  assert.equal(notice([hot], { ...NORMAL, severity: "High" }), "");
  assert.equal(alarmNotice(null, [hot], TYPE), "");
});
