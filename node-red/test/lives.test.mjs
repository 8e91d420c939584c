import assert from "node:assert/strict";
import { test } from "node:test";

import { lastSeenMs, reachOf, silenceOf } from "../web/fleet-rows.mjs";
import {
  idMistake,
  idOf,
  lifeText,
  lostTexts,
  otherLives,
  pastOf,
  stageNotice,
  waitingStill,
} from "../web/lives.mjs";

const NOON_MS = 1_763_640_000_000;
const DAY_MS = 86_400_000;

function said(name, { number = 1, began_ms = null, since_ms = null } = {}) {
  return {
    stage: { name, note: "", since_ms, by: "Sam" },
    life: { of: "press", number, began_ms, ended_ms: null },
  };
}

test("a life says since when, and which it is", () => {
  assert.equal(lifeText({}, NOON_MS), "");
  assert.equal(lifeText(said("in_use"), NOON_MS), "In use");
  const second = said("in_use", { number: 2, began_ms: NOON_MS - 8 * DAY_MS });
  assert.match(lifeText(second, NOON_MS), /^In use since .*12.*, second life$/);
  const later = {
    number: 2,
    began_ms: NOON_MS - 8 * DAY_MS,
    since_ms: NOON_MS,
  };
  assert.doesNotMatch(lifeText(said("maintenance", later), NOON_MS), /12 Nov/);
  assert.match(lifeText(said("in_use", { number: 7 }), NOON_MS), /7th life/);
});

test("only what is not simply in use has a notice", () => {
  assert.equal(stageNotice(said("in_use"), NOON_MS), "");
  assert.equal(stageNotice({}, NOON_MS), "");
  const learning = said("commissioning", { since_ms: NOON_MS - DAY_MS });
  assert.match(stageNotice(learning, NOON_MS), /^Learning since .*nobody/);
  assert.match(stageNotice(said("maintenance"), NOON_MS), /maintenance/);
  assert.match(stageNotice(said("retired"), NOON_MS), /^Retired:/);
  assert.match(stageNotice(said("replaced"), NOON_MS), /called press now/);
});

test("an id is made of a name, and a bad one is told", () => {
  assert.equal(idOf("Extract Mixer, hall 2"), "extract-mixer-hall-2");
  assert.equal(idOf("Größe – 3"), "groesse-3");
  assert.equal(idOf("Lüfter Süd"), "luefter-sued");
  assert.equal(idOf("Crème, Łódź"), "creme-lodz");
  assert.equal(idOf("–"), "");
  assert.equal(idMistake("press-2", ["press"]), "");
  assert.match(idMistake("press", ["press"]), /already/);
  assert.match(idMistake("gateway"), /own/);
  for (const id of ["a b", "-a", "ä", "a".repeat(65)])
    assert.match(idMistake(id), /Letters, digits/, id);
});

test("a removal says what it takes, and of nothing nothing", () => {
  const lost = { readings: 41200, minutes: 138, alarms: 1, events: 0 };
  assert.deepEqual(lostTexts({ lost }), [
    "41,200 readings",
    "138 minutes of sums",
    "1 alarm",
  ]);
  assert.deepEqual(lostTexts({ lost: {} }), []);
});

test("the other lives of a name are told with where they are", () => {
  const lives = [
    { device: "press", number: 2, ended_ms: null, note: "" },
    { device: "press.life1", number: 1, ended_ms: NOON_MS, note: "seized" },
  ];
  const [past] = otherLives(lives, "press", NOON_MS);
  assert.equal(past.device, "press.life1");
  assert.match(past.until, /^until /);
  const [now] = otherLives(lives, "press.life1", NOON_MS);
  assert.deepEqual([now.device, now.until], ["press", "goes on now"]);
});

test("a machine that is in no list has a page of what it was last", () => {
  const { row, detail } = pastOf({
    device: "press",
    asset: "mill",
    status: "online",
    birth: null,
    stage: "retired",
    first_seen_ms: NOON_MS - DAY_MS,
    state: { time_ms: NOON_MS, period_ms: 200, fresh: false },
    diagnosis: null,
  });
  assert.deepEqual(
    [row.id, row.status, row.seenMs],
    ["press", "offline", NOON_MS],
  );
  assert.equal(row.sinceMs, NOON_MS - DAY_MS);
  assert.deepEqual(detail.alarms, []);
  assert.equal(lastSeenMs(row), NOON_MS);
  assert.equal(reachOf(row).text, "Retired");
  assert.equal(silenceOf(row), "");
});

test("a retired machine that is heard all the same is not called offline", () => {
  const heard = {
    ...{ device: "press", asset: "mill", status: "online", birth: null },
    ...{ diagnosis: null, state: { time_ms: NOON_MS, fresh: true } },
  };
  const reach = (stage) => reachOf(pastOf({ ...heard, stage }).row);
  assert.deepEqual(reach("retired"), {
    text: "Retired, still sends",
    severity: "sev-medium",
  });
  assert.equal(reach("replaced").text, "Replaced, still sends");
});

test("who has reported since does not wait any more", () => {
  const told = [{ device: "press-1" }, { device: "press-2" }];
  assert.deepEqual(waitingStill(told, [{ id: "press-2" }, { id: "fan-01" }]), [
    { device: "press-1" },
  ]);
});
