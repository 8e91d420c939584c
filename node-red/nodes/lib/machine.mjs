/** The node that tells of machines: state, diagnosis, alarm and event, each as a message. */

import { createHash } from "node:crypto";
import { Happenings } from "./happenings.mjs";
import { Members } from "./members.mjs";
import { InputError, nameOf } from "./names.mjs";
import { Presence, statusOf } from "./presence.mjs";
import { serverOf } from "./server.mjs";

export const KINDS = ["state", "diagnosis", "alarm", "event"];
const MOST_TOPICS = 60_000; // three kinds of 20,000 machines
const LOOK_MS = 5000;
const COMPLAIN_MS = 60_000;

/** What the node's fields ask for. Throws InputError. */
export function wishOf(config) {
  const kinds = KINDS.filter((kind) => config[kind]);
  if (!kinds.length)
    throw new InputError(
      "Nothing is chosen: tick state, diagnosis, alarm or event.",
    );
  if (config.scope === "group") {
    if (!config.group?.trim())
      throw new InputError("There is no group: choose one in the node.");
    return { kinds, group: config.group.trim(), device: null };
  }
  const device =
    config.scope === "all" ? null : nameOf(config.device, "device");
  return { kinds, group: null, device };
}

/** The topics to hear: the state always, as it tells whether a machine is there. */
export function filtersOf(site, { kinds, device }) {
  const heard = new Set(["state", ...kinds.filter((kind) => kind !== "event")]);
  return [...heard].map(
    (kind) => `edgetwin/v1/${site}/${device ?? "+"}/${kind}`,
  );
}

/** The object in a payload; null where there is none. */
export function objectOf(payload) {
  try {
    const value = JSON.parse(payload.toString("utf8"));
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? value
      : null;
  } catch {
    return null;
  }
}

/** Remembers of each topic what came last, so that what a broker only repeats is known as such. */
class Repeats {
  #seen = new Map();

  isOne(topic, payload, retained) {
    const digest = createHash("sha1").update(payload).digest("base64");
    const repeated = retained && this.#seen.get(topic) === digest;
    if (this.#seen.has(topic) || this.#seen.size < MOST_TOPICS)
      this.#seen.set(topic, digest);
    return repeated;
  }
}

class Listening {
  #node;
  #wish;
  #atStart;
  #presence = new Presence();
  #repeats = new Repeats();
  #happenings;
  #members = null;
  #hear;
  #leave = () => {};
  #connection = { connected: false, reason: "" };
  #wasAway = false;
  #shown = "";
  #complaints = new Map();
  #looking;
  #closed = false;

  constructor({ node, server, wish, atStart }) {
    this.#node = node;
    this.#wish = wish;
    this.#atStart = atStart;
    const fail = (error) => this.#complain(error.message);
    this.#happenings = new Happenings({
      api: server.api,
      emit: (device, event) => this.#send(device, "event", event, false),
      fail,
    });
    this.#hear = () => this.#hearAnew(server);
    this.#looking = setInterval(() => this.#show(), LOOK_MS);
    // Of a group nothing is heard before it is known, and all anew when it is another.
    if (wish.group === null) this.#hear();
    else
      this.#members = new Members({
        api: server.api,
        group: wish.group,
        changed: this.#hear,
        fail,
      });
    this.#show();
  }

  close() {
    this.#closed = true;
    clearInterval(this.#looking);
    this.#members?.close();
    this.#leave();
  }

  #hearAnew({ broker, site }) {
    this.#leave();
    this.#leave = broker.hear({
      filters: filtersOf(site, this.#wish),
      take: (topic, payload, retained) => this.#take(topic, payload, retained),
      tell: (connection) => this.#told(connection),
    });
  }

  #counts(device) {
    return this.#wish.group === null || Boolean(this.#members?.has(device));
  }

  #take(topic, payload, retained) {
    const [, , , device, kind] = topic.split("/");
    if (!this.#counts(device)) return;
    const repeated = this.#repeats.isOne(topic, payload, retained);
    const value = payload.length ? objectOf(payload) : null;
    if (payload.length && value === null) {
      this.#complain(`${topic} is no JSON object, left out.`);
      return;
    }
    if (kind === "state") this.#state(device, value, retained);
    // What was retained while nobody heard is news.
    const known = retained && !this.#atStart && !this.#wasAway;
    if (value === null || repeated || known) return;
    if (this.#wish.kinds.includes(kind))
      this.#send(device, kind, value, retained);
  }

  #state(device, state, retained) {
    const published = Number.isFinite(state?.published_ms);
    const heardMs = retained && published ? state.published_ms : Date.now();
    this.#presence.hear(device, state, heardMs);
    if (state === null) this.#happenings.forget(device);
    else if (this.#wish.kinds.includes("event"))
      this.#happenings.take(device, state);
    this.#show();
  }

  #send(device, kind, payload, retained) {
    if (this.#closed) return;
    this.#node.send({
      topic: `${device}/${kind}`,
      device,
      kind,
      payload,
      retained,
    });
  }

  #told(connection) {
    if (this.#connection.connected && !connection.connected)
      this.#wasAway = true;
    this.#connection = connection;
    this.#show();
  }

  #status() {
    const { connected, reason } = this.#connection;
    if (connected) {
      const words = this.#presence.count(Date.now(), (device) =>
        this.#counts(device),
      );
      return statusOf(words, { one: this.#wish.device !== null });
    }
    const text = reason ? `broker away: ${reason}` : "connecting …";
    return { fill: reason ? "red" : "grey", shape: "ring", text };
  }

  #show() {
    const status = this.#status();
    const shown = JSON.stringify(status);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#node.status(status);
  }

  /** Warns; of the same once a minute only. */
  #complain(text) {
    if (this.#closed) return;
    const nowMs = Date.now();
    if (nowMs - (this.#complaints.get(text) ?? 0) < COMPLAIN_MS) return;
    if (this.#complaints.size > 1000) this.#complaints.clear();
    this.#complaints.set(text, nowMs);
    this.#node.warn(text);
  }
}

export function register(RED) {
  RED.nodes.registerType("edgetwin-machine", function (config) {
    RED.nodes.createNode(this, config);
    let listening = null;
    try {
      listening = new Listening({
        node: this,
        server: serverOf(RED, config),
        wish: wishOf(config),
        atStart: config.retained !== false,
      });
    } catch (error) {
      this.status({ fill: "red", shape: "ring", text: "see the log" });
      this.error(error.message);
    }
    this.on("close", () => listening?.close());
  });
}
