import assert from "node:assert/strict";
import { test } from "node:test";
import { paramRows, versionForm, versionOf } from "../web/params.mjs";
import { useZone } from "../web/site-time.mjs";

const NOW_MS = Date.UTC(2026, 0, 20, 12);
const version = (scope, from, value) => ({
  scope,
  value,
  valid_from_ms: from,
  source: "contract",
  changed_ms: NOW_MS - 3_600_000,
  changed_by: "Sam",
});
const NEW_YEAR = Date.UTC(2026, 0, 1);
const MARCH = Date.UTC(2026, 2, 1, 6, 30);
const PRICE = {
  title: "Price of electricity",
  unit: "GBP/kWh",
  value: 0.31,
  scope: "site",
  source: "contract",
  valid_from_ms: NEW_YEAR,
  versions: [
    version("site", 0, 0.2635),
    version("site", NEW_YEAR, 0.31),
    version("site", MARCH, 0.29),
  ],
};
const answer = (device, params) => ({ device, time_ms: NOW_MS, params });

test("params: what counts now, since when, and every version with who said it", () => {
  useZone("UTC");
  const [row] = paramRows(answer(null, { price_per_kwh: PRICE }));
  assert.equal(row.value, "0.31");
  assert.equal(row.since, "of the site, since 1 Jan 2026");
  assert.deepEqual(
    row.versions.map(({ value, from, when }) => [value, from, when]),
    [
      ["0.29", "from 1 Mar 2026 06:30", "to come"],
      ["0.31", "from 1 Jan 2026", "counts now"],
      ["0.2635", "ever since", "past"],
    ],
  );
  const chosen = paramRows(answer(null, { price_per_kwh: PRICE }), ["other"]);
  assert.deepEqual(chosen, []);
  assert.equal(row.versions[0].who, "Sam, 11:00:00");
});

test("params: of a machine only its own versions can be taken back there", () => {
  const param = {
    ...PRICE,
    scope: "device",
    versions: [version("device", NEW_YEAR, 0.12), version("site", 0, 0.2635)],
  };
  const [row] = paramRows(answer("p1", { price_per_kwh: param }));
  assert.deepEqual(
    row.versions.map(({ isOwn, whose, when }) => [isOwn, whose, when]),
    [
      [true, "", "counts now"],
      [false, "of the site", "past"],
    ],
  );
});

test("params: a default has no date, and a count no unit", () => {
  const users = {
    title: "Users",
    unit: "1",
    value: 12,
    scope: "type",
    source: "",
    valid_from_ms: null,
    versions: [],
  };
  const [row] = paramRows(answer("p1", { users }));
  assert.deepEqual([row.since, row.unit, row.value], ["default", "", "12"]);
});

test("params: a new value counts from now, from a day of the site, or ever since", () => {
  useZone("Asia/Kathmandu");
  const form = { ...versionForm(), value: " 0,28 ", source: " contract " };
  assert.deepEqual(versionOf(form, "Price"), {
    value: 0.28,
    source: "contract",
  });
  const day = versionOf({ ...form, from: "day", day: "2026-01-01" }, "Price");
  assert.equal(day.valid_from, NEW_YEAR - 5.75 * 3_600_000);
  assert.equal(versionOf({ ...form, from: "ever" }, "Price").valid_from, 0);
});

test("params: what cannot be a value or a day is a sentence", () => {
  const form = versionForm();
  assert.throws(() => versionOf(form, "Price"), /^Error: Price must be a num/);
  assert.throws(
    () => versionOf({ ...form, value: "1", from: "day" }, "Price"),
    /from which day on/,
  );
});
