import assert from "node:assert/strict";
import { test } from "node:test";
import {
  inMaintenance,
  siteMoment,
  windowBody,
  windowLine,
} from "../web/maintenance.mjs";
import { useZone } from "../web/site-time.mjs";

const NOW_MS = Date.UTC(2026, 9, 20, 12); // London is an hour ahead
useZone("Europe/London");

test("a machine says until when it is in maintenance, by the site's clock", () => {
  assert.equal(inMaintenance(null, NOW_MS), "");
  const untilMs = NOW_MS + 3_600_000;
  assert.match(
    inMaintenance({ until_ms: untilMs }, NOW_MS),
    /^In maintenance until .*14:00/,
  );
  assert.equal(inMaintenance({ until_ms: null }, NOW_MS), "In maintenance");
});

test("what is entered is the site's time, also in the night in which the clock is put", () => {
  assert.equal(siteMoment("2026-10-20T13:00"), NOW_MS);
  assert.equal(siteMoment("2026-10-25T01:30"), Date.UTC(2026, 9, 25, 0, 30));
  assert.equal(siteMoment(""), undefined);
});

test("a form becomes a window of the machine, its place or the site", () => {
  const asked = { device: "fan-01", said: { place: "hall 2" }, by: "Sam" };
  const once = { kind: "once", note: "Belt", from: "", to: "2026-10-20T13:00" };
  assert.deepEqual(windowBody({ ...once, scope: "device" }, asked), {
    by: "Sam",
    note: "Belt",
    device: "fan-01",
    from: undefined,
    to: NOW_MS,
  });
  const weekly = {
    kind: "weekly",
    scope: "place",
    note: "",
    weekdays: ["sat"],
    begins: "22:00",
    ends: "02:00",
  };
  assert.throws(
    () => windowBody({ ...weekly, weekdays: [] }, asked),
    /Choose at least one day/,
  );
  assert.deepEqual(windowBody(weekly, asked), {
    by: "Sam",
    note: "",
    place: "hall 2",
    weekly: { weekdays: ["sat"], from: "22:00", to: "02:00" },
  });
  assert.equal("place" in windowBody({ ...once, scope: "site" }, asked), false);
});

test("a window is told in a line: when, whose, why and by whom", () => {
  const window = {
    id: "a1",
    device: null,
    group: null,
    place: "hall 2",
    from_ms: NOW_MS,
    to_ms: null,
    weekly: { weekdays: ["sun", "sat"], from: "22:00", to: "02:00" },
    note: "Belt",
    by: "Sam",
    stands: true,
  };
  const line = windowLine(window, NOW_MS);
  assert.equal(line.when, "every Sat, Sun, 22:00 to 02:00");
  assert.equal(line.whose, "place hall 2");
  const ofOne = windowLine({ ...window, device: "fan-01" }, NOW_MS, () => "A");
  assert.equal(ofOne.whose, "A");
  assert.equal(line.said, "Belt, by Sam");
  const later = { ...window, from_ms: Date.UTC(2027, 2, 27) };
  assert.equal(
    windowLine(later, NOW_MS).when,
    "every Sat, Sun, 22:00 to 02:00, from 27 Mar 2027",
  );
  assert.match(
    windowLine({ ...window, weekly: null }, NOW_MS).when,
    /until it is removed/,
  );
});
