import assert from "node:assert/strict";
import { test } from "node:test";
import {
  crowdText,
  legendOf,
  stretches,
  titleAt,
  valuesOf,
  valuesSaid,
} from "../web/lanes.mjs";
import { endedBy, followed, loadEpisodes } from "../web/state-episodes.mjs";

const STATE = {
  name: "state",
  values: [
    { name: "idle", title: "Idle", time_element: "standby" },
    { name: "warming_up", title: "", time_element: "standby" },
    { name: "error", title: "Out of order", time_element: "down" },
    { name: "odd", title: "", time_element: null },
  ],
};
const VALUES = valuesOf(STATE);
const WINDOW = { fromMs: 1000, toMs: 2000 };

function episode(state, start_ms, end_ms = null) {
  return { state, start_ms, end_ms };
}

test("a value is coloured by what its time counts as, and told in words", () => {
  assert.deepEqual(
    VALUES.map(({ css }) => css),
    [
      "is-standby shade-0",
      "is-standby shade-1",
      "is-down shade-0",
      "is-other shade-0",
    ],
  );
  assert.deepEqual(
    VALUES.map(({ title, element }) => `${title}: ${element}`),
    ["Idle: standby", "Warming up: standby", "Out of order: down", "Odd: "],
  );
});

test("stretches are cut at the window, and what nobody told stays open", () => {
  const told = [episode("idle", 500, 1250), episode("error", 1500)];
  const parts = stretches(told, VALUES, WINDOW);
  assert.deepEqual(
    parts.map(({ title, left, width }) => [title, left, width]),
    [
      ["Idle", 0, 25],
      ["Out of order", 50, 50],
    ],
  );
  assert.equal(titleAt(told, VALUES, 1400), "not told");
  assert.equal(titleAt(told, VALUES, 1600), "Out of order");
});

test("the legend has what was there, each with its share of the time that was told", () => {
  const told = [episode("idle", 500, 1250), episode("error", 1500, 1750)];
  const legend = legendOf(told, VALUES, WINDOW);
  assert.deepEqual(
    legend.values.map(({ title, share }) => [title, share]),
    [
      ["Idle", "50 %"],
      ["Out of order", "50 %"],
    ],
  );
  assert.deepEqual(legendOf([], VALUES, WINDOW), { others: 0, values: [] });
});

test("of a label of thousands of values some hundred stretches and a dozen names are shown", () => {
  const every = Array.from({ length: 5000 }, (_, at) =>
    episode(`job ${at}`, 1000 + at * 10, 1000 + at * 10 + 10),
  );
  const told = [
    ...every,
    episode("long", 51_000, 61_000),
    episode("end", 61_000),
  ];
  const window = { fromMs: 1000, toMs: 61_010 };
  const values = valuesSaid(told);
  const parts = stretches(told, values, window);
  assert.ok(parts.length < 600, `${parts.length} elements`);
  const sum = parts.reduce((all, { width }) => all + width, 0);
  assert.ok(Math.abs(sum - 100) < 0.001, `${sum} % of the strip`);
  assert.equal(parts[0].css, "is-many");
  assert.match(parts[0].title, /^\d+ values$/);
  assert.deepEqual(
    parts.filter(({ title }) => title === "long").map(({ css }) => css),
    ["is-said shade-2"],
  );
  const legend = legendOf(told, values, window);
  assert.equal(legend.values.length, 12);
  assert.equal(legend.others, 5002 - 12);
  assert.equal(legend.values.at(-1).title, "long");
  assert.equal(
    crowdText(told, window, false),
    "It changed 5,002 times; what is too short to be seen is drawn together.",
  );
  assert.match(crowdText(told, window, true), /^It changed more than 5,002/);
  assert.equal(crowdText(told.slice(-9), window, false), "");
});

test("a label's lane has the texts that were said", () => {
  const told = [episode("job 7", 1000, 1500), episode("job 8", 1500)];
  assert.deepEqual(
    valuesSaid(told).map(({ title, css }) => [title, css]),
    [
      ["job 7", "is-said shade-0"],
      ["job 8", "is-said shade-1"],
    ],
  );
});

test("a lane goes on with what readings say", () => {
  const begun = followed([], "idle", 1000);
  assert.deepEqual(begun, [episode("idle", 1000)]);
  assert.equal(followed(begun, "idle", 1500), begun);
  assert.equal(followed(begun, undefined, 1500), begun);
  assert.deepEqual(followed(begun, "error", 1500), [
    episode("idle", 1000, 1500),
    episode("error", 1500),
  ]);
});

test("of a silent machine no state lasts", () => {
  const told = [episode("idle", 0, 500), episode("error", 500)];
  assert.equal(endedBy(told, null), told);
  assert.deepEqual(endedBy(told, 800)[1], episode("error", 500, 800));
});

test("more episodes than one answer has are fetched to the beginning of the range", async () => {
  const all = Array.from({ length: 1500 }, (_, at) =>
    episode(at % 2 ? "idle" : "error", at * 10, at * 10 + 10),
  );
  const ask = async (_path, { to }) =>
    all
      .filter(({ start_ms }) => start_ms < to)
      .map((each) => ({ ...each, end_ms: Math.min(each.end_ms, to - 1) }))
      .slice(-1000);
  const range = { fromMs: 0, toMs: 15_001 };
  assert.deepEqual(await loadEpisodes("m", "state", range, ask), all);
});
