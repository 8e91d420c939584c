import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changeRows,
  changedText,
  desiredOf,
  differenceText,
  factsOf,
  formOf,
  patchOf,
  settingRows,
  settingsForm,
} from "../web/registry.mjs";

const SAID = {
  revision: 3,
  name: "Extract fan",
  place: "",
  group: "",
  model: "",
  notes: "",
  tags: ["night", "hall 2"],
  asset: null,
  asset_in_use: "fan",
  asset_from: "birth",
  changed_ms: Date.UTC(2025, 10, 20, 9),
  changed_by: "Sam",
};
const NOW_MS = Date.UTC(2025, 10, 20, 12);

test("a form that is not touched changes nothing", () => {
  assert.deepEqual(patchOf(formOf(SAID), SAID), {});
});

test("a patch names what was changed, and takes back what was emptied", () => {
  const form = { ...formOf(SAID), name: " ", place: " hall 1 ", asset: "fan" };
  assert.deepEqual(patchOf(form, SAID), {
    name: null,
    place: "hall 1",
    asset: "fan",
  });
});

test("tags are a list, each once", () => {
  const form = { ...formOf(SAID), tags: "a, b,, a ,c d" };
  assert.deepEqual(patchOf(form, SAID), { tags: ["a", "b", "c d"] });
  assert.deepEqual(patchOf({ ...form, tags: "" }, SAID), { tags: null });
});

test("what nobody has said is not shown", () => {
  assert.deepEqual(factsOf(SAID, { fan: { title: "Cooling fan" } }), [
    { name: "Type", text: "Cooling fan, as its birth says" },
    { name: "Name", text: "Extract fan" },
    { name: "Tags", text: "night, hall 2" },
  ]);
});

test("of an imported machine the type is that of its import, and no guess", () => {
  const [type] = factsOf({ ...SAID, asset_from: "import" });
  assert.equal(type.text, "fan, as it was imported");
});

test("a machine of no type is described by what it sends", () => {
  const [type] = factsOf({ ...SAID, asset_in_use: "generic" });
  assert.match(type.text, /^none that is known/);
});

test("a machine whose type is a guess says so", () => {
  const [type] = factsOf({ ...SAID, asset_from: "channels" });
  assert.equal(type.text, "fan, guessed by what it measures");
});

test("who said something last is told", () => {
  assert.match(changedText(SAID, NOW_MS), /^Sam, /);
  assert.equal(changedText({ changed_by: null }, NOW_MS), "");
});

const setting = (changes) => ({
  desired: 2,
  reported: 5,
  differs_since_ms: NOW_MS - 60_000,
  refused: null,
  ...changes,
});

test("a setting that is as desired says nothing", () => {
  assert.equal(differenceText(setting({ differs_since_ms: null }), NOW_MS), "");
  assert.equal(differenceText(undefined, NOW_MS), "");
});

test("a setting that differs says what is desired, what is so, and since when", () => {
  assert.match(
    differenceText(setting(), NOW_MS),
    /^2 is desired, the machine has 5, since .*\.$/,
  );
  assert.match(
    differenceText(setting({ reported: null }), NOW_MS),
    /has not said a word of it/,
  );
  assert.match(
    differenceText(setting({ refused: "too fast" }), NOW_MS),
    /refuses it: too fast/,
  );
});

test("the settings are shown in their order, also those nobody has set", () => {
  const rows = settingRows({ rate_hz: setting() }, NOW_MS);
  assert.deepEqual(
    rows.map(({ name, desired, reported, isTold }) => [
      name,
      desired,
      reported,
      isTold,
    ]),
    [
      ["rate_hz", 2, "5", true],
      ["set_point", null, "–", false],
    ],
  );
  const isTold = (changes) =>
    settingRows({ set_point: setting(changes) }, NOW_MS)[1].isTold;
  assert.equal(isTold({ desired: null, reported: 0 }), true);
  assert.equal(isTold({ desired: 9, reported: null }), true);
  assert.equal(isTold({ desired: null, reported: null }), false);
});

test("the settings' form gives all that is desired, as numbers", () => {
  const form = settingsForm({ rate_hz: setting() });
  assert.deepEqual(form, { rate_hz: "2", set_point: "" });
  assert.deepEqual(desiredOf({ ...form, set_point: " 900 " }), {
    rate_hz: 2,
    set_point: 900,
  });
  assert.deepEqual(desiredOf({ rate_hz: "", set_point: "" }), {});
  assert.throws(
    () => desiredOf({ rate_hz: "fast", set_point: "" }),
    /Rate must be a number/,
  );
});

test("every change says of what it is, what was said and by whom", () => {
  const change = (name, value, kind = "field") => ({
    kind,
    name,
    value,
    changed_by: "Sam",
    changed_ms: NOW_MS - 60_000,
  });
  const changes = [
    change("place", null),
    change("tags", ["a", "b"]),
    change("rate_hz", 2),
    change("users", 14),
    change(
      "humidity",
      { title: null, unit: "%", limits: [], normal: [30, 60] },
      "channel",
    ),
    change(
      "temperature",
      {
        normal: [20, 55],
        limits: [{ side: "high", at: 70, severity: "High" }],
      },
      "limits",
    ),
    change("stage", { stage: "retired", note: "sold" }, "stage"),
  ];
  const begun = { of: "a", number: 2, began_ms: NOW_MS - 60_000 };
  const [life] = changeRows(
    { changes: [change("life", begun, "life")] },
    NOW_MS,
  );
  assert.match(life.text, /^begun \d\d:\d\d:\d\d$/);
  const rows = changeRows({ changes }, NOW_MS);
  assert.deepEqual(
    rows.map(({ what, text }) => [what, text]),
    [
      ["Place", "taken back"],
      ["Tags", "a, b"],
      ["Rate", "2"],
      ["Users", "14"],
      ["Humidity", "30 to 60 · unit %"],
      ["Temperature", "20 to 55 · above 70: High"],
      ["Stage", "Retired (sold)"],
    ],
  );
  assert.match(rows[0].who, /^Sam, /);
  assert.deepEqual(changeRows({}, NOW_MS), []);
});
