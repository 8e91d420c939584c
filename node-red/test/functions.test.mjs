import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import ask from "../functions/ask.mjs";
import askBirths from "../functions/ask-births.mjs";
import births from "../functions/births.mjs";
import broker from "../functions/broker.mjs";
import catalogue from "../functions/catalogue.mjs";
import details from "../functions/detail.mjs";
import health from "../functions/health.mjs";
import remember from "../functions/remember.mjs";
import snapshot from "../functions/snapshot.mjs";
import watch from "../functions/watch.mjs";

const TYPE = {
  name: "pump",
  stale_after_s: 5,
  kpis: [
    { name: "power_w", decimals: 1, headline: true },
    { name: "running_h", decimals: 2, headline: false },
    { name: "health_percent", decimals: 0, headline: true },
  ],
};

let flow;
let context;
let warnings;

// It stands still: however slow the machine is, no time passes within a test.
const NOW_MS = Date.now();
Date.now = () => NOW_MS;

beforeEach(() => {
  const kept = new Map();
  flow = {
    get: (key) => kept.get(key),
    set: (key, value) => kept.set(key, value),
  };
  warnings = [];
  const node = { warn: (text) => warnings.push(text) };
  context = { flow, node, env: { get: () => "s3cret" } };
});

function message(id, kind, value, extra = {}) {
  const payload = typeof value === "string" ? value : JSON.stringify(value);
  return { topic: `edgetwin/v1/hall/${id}/${kind}`, payload, ...extra };
}

function state(id, extra = {}) {
  return {
    device: id,
    asset: "pump",
    time_ms: Date.now(),
    published_ms: Date.now(),
    status: "online",
    fresh: true,
    kpis: { power_w: { value: 12.345 }, health_percent: { value: 96.6 } },
    open_alarms: 0,
    ...extra,
  };
}

/** The gateway's answer about the devices it knows, by their births. */
function know(...entries) {
  const payload = entries.map((entry) => ({
    birth: null,
    birth_refused: null,
    ...entry,
  }));
  return births({ statusCode: 200, payload }, context);
}

function row() {
  return snapshot({}, context).payload.rows[0];
}

test("a birth alone makes a row once the gateway has accepted it", () => {
  const birth = { asset: "pump", location: "hall 2" };
  remember(message("pump-1", "birth", birth), context);
  assert.equal(row(), undefined);
  assert.notEqual(know({ device: "pump-1", asset: "pump", birth }), null);
  assert.equal(know({ device: "pump-1", asset: "pump", birth }), null);
  assert.deepEqual(row().slice(0, 5), [
    "pump-1",
    "pump",
    "hall 2",
    "unknown",
    0,
  ]);
});

test("a row holds the headline figures of the catalogue, rounded as it says", () => {
  catalogue({ statusCode: 200, payload: [TYPE] }, context);
  remember(message("pump-1", "state", state("pump-1")), context);
  assert.equal(row()[4], 1);
  assert.deepEqual(row()[13], [12.3, 97]);
});

test("without a catalogue, or a figure, the row still stands", () => {
  catalogue({ statusCode: 502, payload: { detail: "no" } }, context);
  remember(message("pump-1", "state", state("pump-1", { kpis: {} })), context);
  assert.deepEqual(row()[13], []);
  catalogue({ statusCode: 200, payload: [TYPE] }, context);
  assert.deepEqual(row()[13], [null, null]);
});

test("a row tells what the machine does by the first state of its type", () => {
  const states = [{ name: "mode", values: [{ name: "filling" }] }];
  catalogue({ statusCode: 200, payload: [{ ...TYPE, states }] }, context);
  const values = { mode: "filling", level: 3 };
  remember(message("pump-1", "state", state("pump-1", { values })), context);
  assert.equal(row()[18], "filling");
  assert.deepEqual(row()[19], []);
});

test("a machine whose type has no figures shows the first numbers that it sends", () => {
  const values = { note: "x", a: 1.23456, b: 2, c: 3, d: 4 };
  remember(message("pump-1", "state", state("pump-1", { values })), context);
  assert.deepEqual(row()[19], [
    ["a", 1.235],
    ["b", 2],
    ["c", 3],
  ]);
});

test("a type that the catalogue has not is asked for soon, and again while it is not there", () => {
  catalogue({ statusCode: 200, payload: [TYPE] }, context);
  remember(message("pump-1", "state", state("pump-1")), context);
  snapshot({}, context);
  flow.set("catalogue_ms", NOW_MS - 10_000);
  assert.equal(ask({}, context)[1], null);
  remember(
    message("any-1", "state", state("any-1", { asset: "generic" })),
    context,
  );
  snapshot({}, context);
  assert.equal(ask({}, context)[1], null);
  remember(
    message("new-1", "state", state("new-1", { asset: "mixer" })),
    context,
  );
  snapshot({}, context);
  assert.notEqual(ask({}, context)[1], null);
  const types = [TYPE, { ...TYPE, name: "mixer" }];
  catalogue({ statusCode: 200, payload: types }, context);
  snapshot({}, context);
  flow.set("catalogue_ms", NOW_MS - 10_000);
  assert.equal(ask({}, context)[1], null);
});

test("a row tells when the newest reading was taken, if there was one", () => {
  remember(message("pump-1", "birth", { asset: "pump" }), context);
  know({ device: "pump-1", asset: "pump" });
  assert.equal(row()[12], null);
  remember(
    message("pump-1", "state", state("pump-1", { time_ms: 0 })),
    context,
  );
  assert.equal(row()[12], null);
  remember(
    message("pump-1", "state", state("pump-1", { time_ms: 77 })),
    context,
  );
  assert.equal(row()[12], 77);
});

test("a row tells the name people gave it, and since when one is known that is not judged", () => {
  const known = { device: "pump-1", asset: "pump", first_seen_ms: 1234 };
  remember(message("pump-1", "state", state("pump-1")), context);
  know({ ...known, name: "Deep well" });
  assert.deepEqual(row()[21], { name: "Deep well" });
  const not_judged = "Too slow.";
  remember(
    message("pump-1", "state", state("pump-1", { not_judged })),
    context,
  );
  const told = { why: not_judged, since: 1234, name: "Deep well" };
  assert.deepEqual(row()[21], told);
});

test("a retained state from before an outage is not taken for fresh", () => {
  const old = state("pump-1", { published_ms: Date.now() - 60_000 });
  remember(message("pump-1", "state", old, { retain: true }), context);
  assert.equal(row()[4], 0);
  remember(message("pump-1", "state", old), context);
  assert.equal(row()[4], 1);
});

test("a machine that measures rarely is fresh for three of its own periods", () => {
  const heard = (secondsAgo, period_ms) => {
    const published_ms = Date.now() - secondsAgo * 1000;
    const old = state("pump-1", { published_ms, period_ms });
    remember(message("pump-1", "state", old, { retain: true }), context);
    return row()[4];
  };
  assert.equal(heard(170, 60_000), 1);
  assert.equal(heard(190, 60_000), 0);
  assert.equal(heard(3 * 3600, 3_600_000), 1);
  assert.equal(heard(60, 200), 0);
  assert.equal(heard(60, null), 0);
  assert.equal(row()[17], null);
  heard(1, 60_000);
  assert.equal(row()[17], 60_000);
});

test("a row tells the worst alarm, what is set aside, what is not judged, and when by our clock", () => {
  const bad = { reason: "out_of_range" };
  const troubles = { a: bad, b: bad, humidity: { reason: "unknown_channel" } };
  const clock = { offset_ms: 500, corrected: false };
  const full = { troubles, clock, time_ms: 1000, not_judged: "Too slow." };
  remember(message("pump-1", "state", state("pump-1", full)), context);
  const names = { Low: "rare", High: "hot", Medium: "silent" };
  const open = Object.entries(names).map(([severity, name], id) => ({
    ...{ id, name, severity },
    ...(name === "hot" && { name: "warm", cause: name }),
    raised_ms: 1000 * id,
  }));
  remember(message("pump-1", "alarm", { event: null, open }), context);
  assert.deepEqual(row().slice(14, 17), [3, 2, 1]);
  assert.equal(row()[12], 1500);
  const corrected = { clock: { ...clock, corrected: true }, time_ms: 1000 };
  remember(message("pump-1", "state", state("pump-1", corrected)), context);
  assert.equal(row()[12], 1000);
  assert.deepEqual(row().slice(14, 17), [3, 0, 0]);
  const more = { top: ["hot", 1000], newest: [2, "silent", 2] };
  assert.deepEqual(row()[21], more);
  const slow = { fault: "not_judged", advice: "It measures every hour." };
  remember(message("pump-1", "diagnosis", slow), context);
  const why = slow.advice;
  assert.deepEqual(row().slice(16), [1, null, "", [], "", { why, ...more }]);
  remember(message("pump-1", "alarm", { event: null, open: [] }), context);
  remember(message("pump-1", "diagnosis", ""), context);
  assert.equal(row().length, 21);
});

test("the gateway's own alarms come beside the machines, and it is none of them", () => {
  const alarm = {
    id: 0,
    name: "clock_in_doubt",
    severity: "High",
    text: "The clock is in doubt.",
  };
  remember(message("gateway", "alarm", { open: [alarm] }), context);
  const { rows, own_alarms: own } = snapshot({}, context).payload;
  assert.deepEqual(rows, []);
  assert.deepEqual(own, [
    { name: alarm.name, severity: "High", text: alarm.text },
  ]);
  remember(message("gateway", "alarm", { open: [] }), context);
  assert.deepEqual(snapshot({}, context).payload.own_alarms, []);
});

test("the alarm topic counts the open ones and its event moves the row", () => {
  remember(
    message("pump-1", "state", state("pump-1", { open_alarms: 7 })),
    context,
  );
  assert.equal(row()[10], 7);
  const alarm = { device: "pump-1", event: { id: 31 }, open: [{ id: 31 }] };
  remember(message("pump-1", "alarm", alarm), context);
  assert.deepEqual(row().slice(10, 12), [1, 31]);
});

test("an alarm on the shelf counts and is no trouble until it comes back", () => {
  remember(message("pump-1", "state", state("pump-1")), context);
  const told = (shelvedMs) =>
    remember(
      message("pump-1", "alarm", {
        device: "pump-1",
        event: null,
        open: [{ id: 31, severity: "High", shelved_until_ms: shelvedMs }],
      }),
      context,
    );
  const counted = () => [row()[10], row()[14]];
  told(Date.now() + 60_000);
  assert.deepEqual(counted(), [1, 0]);
  told(Date.now() - 1);
  assert.deepEqual(counted(), [1, 3]);
  told(null);
  assert.deepEqual(counted(), [1, 3]);
});

test("rubbish changes nothing", () => {
  const rubbish = [
    message("pump-1", "state", "not json"),
    message("pump-1", "state", "null"),
    message("pump-1", "state", "[1]"),
    message("pump-1", "status", "maybe"),
    message("pump-1", "telemetry", state("pump-1")),
    message("bad id", "state", state("x")),
    { topic: "edgetwin/v1", payload: "{}" },
  ];
  for (const msg of rubbish) assert.equal(remember(msg, context), null);
  assert.deepEqual(snapshot({}, context).payload.rows, []);
});

test("an empty retained message forgets", () => {
  remember(message("pump-1", "birth", { asset: "pump" }), context);
  remember(message("pump-1", "birth", ""), context);
  remember(message("pump-9", "birth", ""), context);
  assert.deepEqual(snapshot({}, context).payload.rows, []);
});

test("each browser gets the machine it watches, when something is new, and no other", () => {
  remember(message("pump-1", "state", state("pump-1")), context);
  remember(message("pump-2", "state", state("pump-2")), context);
  watch({ payload: { watch: "pump-2" }, _client: { socketId: "s1" } }, context);
  watch({ payload: { watch: "pump-9" }, _client: { socketId: "s2" } }, context);
  const [messages] = details({}, context);
  assert.equal(messages.length, 1);
  assert.equal(messages[0]._client.socketId, "s1");
  assert.equal(messages[0].payload.device, "pump-2");
  assert.deepEqual(details({}, context), [[]]);
  remember(message("pump-2", "status", "offline"), context);
  assert.equal(details({}, context)[0].length, 1);
});

test("only devices the gateway knows are shown, once it has said which", () => {
  const open = [{ id: 1, severity: "High" }];
  for (const id of ["pump-1", "ghost"]) {
    remember(message(id, "state", state(id)), context);
    remember(message(id, "alarm", { open }), context);
  }
  watch({ payload: { watch: "ghost" }, _client: { socketId: "s1" } }, context);
  assert.equal(snapshot({}, context).payload.rows.length, 2);
  know({ device: "pump-1", asset: "pump" });
  const { rows } = snapshot({}, context).payload;
  assert.deepEqual(
    rows.map(([id]) => id),
    ["pump-1"],
  );
  assert.deepEqual(details({}, context), [[]]);
  births({ statusCode: 503, payload: { detail: "no" } }, context);
  assert.equal(snapshot({}, context).payload.rows.length, 1);
});

test("of a birth only what the gateway accepted is shown, and why it refused another", () => {
  const refused = { asset: "pump", location: "Mars", model: "X", channels: {} };
  remember(message("pump-1", "state", state("pump-1")), context);
  remember(message("pump-1", "birth", refused), context);
  know({ device: "pump-1", asset: "pump" });
  watch({ payload: { watch: "pump-1" }, _client: { socketId: "s1" } }, context);
  assert.equal(row()[2], "");
  const told = () => details({}, context)[0].map(({ payload }) => payload);
  assert.deepEqual(
    told().map(({ birth, birth_refused }) => [birth, birth_refused]),
    [[null, null]],
  );
  const why = "channels must be a list";
  const birth = { asset: "pump", location: "hall 2" };
  know({ device: "pump-1", asset: "pump", birth, birth_refused: why });
  assert.equal(row()[2], "hall 2");
  assert.deepEqual(
    told().map((detail) => [detail.birth, detail.birth_refused]),
    [[birth, why]],
  );
  know({ device: "pump-1", asset: "pump", birth, birth_refused: why });
  assert.deepEqual(told(), []);
});

test("a machine without a reading has no diagnosis, whatever is retained", () => {
  const diagnosis = { fault: "overcurrent", fault_label: "Overcurrent" };
  remember(message("pump-1", "diagnosis", diagnosis), context);
  remember(message("pump-1", "state", state("pump-1")), context);
  watch({ payload: { watch: "pump-1" }, _client: { socketId: "s1" } }, context);
  assert.equal(row()[5], "overcurrent");
  const blank = state("pump-1", { time_ms: 0 });
  remember(message("pump-1", "state", blank), context);
  assert.equal(row()[5], "");
  assert.equal(details({}, context)[0][0].payload.diagnosis, null);
});

test("the gateway is asked for births while there is news, one question at a time", () => {
  const asked = () => askBirths({}, context);
  assert.equal(asked().headers.authorization, "Bearer s3cret");
  assert.equal(asked(), null);
  know({ device: "pump-1", asset: "pump" });
  assert.equal(asked(), null);
  const long = { asked: Date.now() - 3000, answered: Date.now() - 2900 };
  flow.set("births_times", long);
  assert.equal(asked(), null);
  remember(message("pump-2", "state", state("pump-2")), context);
  assert.notEqual(asked(), null);
  flow.set("births_times", { asked: Date.now() - 31_000, answered: 1 });
  assert.notEqual(asked(), null);
});

test("a browser that has gone is forgotten", () => {
  remember(message("pump-1", "state", state("pump-1")), context);
  watch({ payload: { watch: "pump-1" }, _client: { socketId: "s1" } }, context);
  watch({ payload: "lost", _client: { socketId: "s1" } }, context);
  assert.deepEqual(details({}, context), [[]]);
});

test("health: one lost answer is no outage, two are, and an answer ends it", () => {
  const good = {
    statusCode: 200,
    payload: {
      status: "ok",
      dependencies: { broker: { status: "ok" } },
      time_zone: "Europe/London",
      shifts: ["early"],
    },
  };
  const lost = { statusCode: "ECONNREFUSED", payload: "Error" };
  health(good, context);
  health(lost, context);
  assert.equal(flow.get("health").answers, true);
  assert.equal(flow.get("health").status, "ok");
  assert.equal(flow.get("health").time_zone, "Europe/London");
  assert.deepEqual(flow.get("health").shifts, ["early"]);
  health(lost, context);
  assert.equal(flow.get("health").answers, false);
  const since = flow.get("health").since_ms;
  health(lost, context);
  assert.equal(flow.get("health").since_ms, since);
  health({ ...good, statusCode: 503 }, context);
  assert.equal(flow.get("health").answers, true);
  assert.deepEqual(warnings, [
    "The gateway does not answer.",
    "The gateway answers again.",
  ]);
});

test("health: a gateway that never answered is said to be away at once", () => {
  health({ statusCode: 200, payload: "<html>" }, context);
  assert.equal(flow.get("health").answers, false);
});

test("the broker's state is Node-RED's word", () => {
  broker({ status: { fill: "green" } }, context);
  assert.equal(flow.get("broker"), "ok");
  broker({ status: { fill: "red" } }, context);
  assert.equal(flow.get("broker"), "down");
});

test("the gateway is asked with the token, the catalogue only when it is due", () => {
  const [first, due] = ask({}, context);
  assert.equal(first.headers.authorization, "Bearer s3cret");
  assert.equal(due.headers.authorization, "Bearer s3cret");
  catalogue({ statusCode: 200, payload: [TYPE] }, context);
  assert.equal(ask({}, context)[1], null);
});
