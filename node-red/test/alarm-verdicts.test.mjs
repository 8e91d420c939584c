import assert from "node:assert/strict";
import { test } from "node:test";
import {
  channelToSet,
  otherCauses,
  precisionCell,
  saidText,
} from "../web/alarm-verdicts.mjs";

const FAULTS = [
  { name: "leak", label: "Leak" },
  { name: "drift", label: "Thermal drift" },
];
const TYPE = {
  faults: FAULTS,
  byFault: Object.fromEntries(FAULTS.map((fault) => [fault.name, fault])),
  byChannel: { rpm: { title: "Speed" } },
};

test("what was said is words, and a cause is the fault's title or a person's", () => {
  const said = (verdict, cause = null) => saidText({ verdict, cause }, TYPE);
  assert.deepEqual(said("right"), { text: "It was right", cause: "" });
  assert.deepEqual(said("cause", "drift"), {
    text: "It was",
    cause: "Thermal drift",
  });
  assert.equal(said("cause", "dust").cause, "dust");
  assert.equal(
    saidText({ verdict: "cause", cause: "drift" }, null).cause,
    "drift",
  );
});

test("something else is none of what the alarm says itself", () => {
  const names = (alarm) => otherCauses(TYPE, alarm).map(({ value }) => value);
  assert.deepEqual(names({ name: "fault_leak", cause: "fault_leak" }), [
    "drift",
  ]);
  assert.deepEqual(names({ name: "rpm_low", cause: "fault_drift" }), ["leak"]);
  assert.deepEqual(names({ name: "rpm_low", cause: "" }), ["leak", "drift"]);
  assert.deepEqual(otherCauses(null, { name: "offline", cause: "" }), []);
});

test("a limit of its own is offered where a limit's alarm was about nothing", () => {
  const of = (verdict, more = {}) =>
    channelToSet(
      { kind: "limit", name: "rpm_low", verdict: { verdict }, ...more },
      TYPE,
    );
  assert.equal(of("normal_here"), "rpm");
  assert.equal(of("nothing"), "rpm");
  assert.equal(of("right"), "");
  assert.equal(of("nothing", { verdict: null }), "");
  assert.equal(of("nothing", { kind: "fault", name: "fault_leak" }), "");
  assert.equal(of("nothing", { name: "other_low" }), "");
});

test("a share of none is a dash with its reason", () => {
  const none = { value: null, of: 0, reason: "nobody has said" };
  assert.deepEqual(precisionCell({ precision: none }), {
    text: "–",
    hint: "nobody has said",
  });
});
