import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, inAddress } from "../web/address.mjs";
import {
  alarmTest,
  filterOf,
  isFiltered,
  isMeant,
  keptOf,
  placesAndGroups,
  toMachine,
  unfiltered,
} from "../web/filter.mjs";

const PUMP = {
  id: "p1",
  asset: "pump",
  location: "Hall 2",
  group: "water",
  label: "Dry run",
  state: "",
};
const FAN = { ...PUMP, id: "f1", asset: "fan", location: "", group: "" };

test("the address holds the filter, and a hostile one none", () => {
  const query = { q: "dry", place: "Hall 2", range: "1h" };
  assert.deepEqual(filterOf(query), {
    text: "dry",
    type: "",
    place: "Hall 2",
    group: "",
  });
  assert.equal(isFiltered(filterOf({ q: ["a", "b"], type: null })), false);
  assert.deepEqual(keptOf(query), { q: "dry", place: "Hall 2" });
  assert.deepEqual(unfiltered(query), { range: "1h" });
  assert.deepEqual(toMachine("p1", query).query, {
    q: "dry",
    place: "Hall 2",
    device: "p1",
  });
});

test("a machine is meant by words anywhere, and by type, place and group as they are", () => {
  const meant = (filter) => [PUMP, FAN].filter((one) => isMeant(one, filter));
  assert.deepEqual(meant({}), [PUMP, FAN]);
  assert.deepEqual(meant({ text: "WATER dry" }), [PUMP]);
  assert.deepEqual(meant({ type: "fan", text: "run" }), [FAN]);
  assert.deepEqual(meant({ place: "Hall" }), []);
  assert.deepEqual(meant({ group: "water", place: "Hall 2" }), [PUMP]);
});

test("an alarm is meant with its machine, or by its own words; one of a machine that is gone by its name", () => {
  const alarm = { device: "p1", name: "silent", text: "No reading came." };
  const gone = { ...alarm, device: "old-9" };
  const found = (filter) => [alarm, gone].filter(alarmTest([PUMP], filter));
  assert.deepEqual(found({ place: "Hall 2" }), [alarm]);
  assert.deepEqual(found({ text: "hall" }), [alarm]);
  assert.deepEqual(found({ text: "reading" }), [alarm, gone]);
  assert.deepEqual(found({ text: "old-9" }), [gone]);
});

test("places and groups are those that machines are of, in order, each once", () => {
  const hall10 = { ...PUMP, location: "Hall 10" };
  assert.deepEqual(placesAndGroups([hall10, PUMP, PUMP, FAN]), {
    places: ["Hall 2", "Hall 10"],
    groups: ["water"],
  });
});

test("what is chosen stands in the address, and what is usual does not", () => {
  assert.deepEqual(changed({ a: "1", b: "2" }, { b: "" }), { a: "1" });
  const sort = inAddress("sort", ["trouble", "name"]);
  const asked = [];
  const page = {
    $route: { query: { sort: "name", q: "x" } },
    $router: { replace: ({ query }) => asked.push(query) },
  };
  assert.equal(sort.get.call(page), "name");
  sort.set.call(page, "trouble");
  page.$route.query = { sort: "other" };
  assert.equal(sort.get.call(page), "trouble");
  sort.set.call(page, "name");
  assert.deepEqual(asked, [{ q: "x" }, { sort: "name" }]);
});
