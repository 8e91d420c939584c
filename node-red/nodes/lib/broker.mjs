/** One connection to the broker for all nodes of a server: what each wants to hear, and no more. */

import mqtt from "mqtt";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
const STEADY_MS = 30_000; // a connection that lasts less is no success: two may share a login
const MOST_BYTES = 256 * 1024;
const SCHEMES = ["mqtt:", "mqtts:", "mqtt+unix:"];

/** What mqtt.js connects to for an address. Throws TypeError with a sentence. */
export function brokerOf(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    url = null;
  }
  if (!url || !SCHEMES.includes(url.protocol))
    throw new TypeError(
      `"${text}" is no address of a broker: write one such as mqtt://127.0.0.1:1883, or mqtts:// for TLS.`,
    );
  if (url.username || url.password)
    throw new TypeError(
      "The broker's address has a login in it: user and password have fields of their own.",
    );
  // mqtt.js knows a socket by its path; a space in it is %20 in an address.
  return url.protocol === "mqtt+unix:"
    ? {
        protocol: "mqtt",
        unixSocket: true,
        path: decodeURIComponent(url.pathname),
      }
    : endOf(url);
}

function endOf({ protocol, hostname, port }) {
  const usual = protocol === "mqtts:" ? 8883 : 1883;
  return {
    protocol: protocol.slice(0, -1),
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || usual,
  };
}

/** How long to wait before the next attempt: twice as long each time, of which half is chance. */
export function waitMs(attempt, random = Math.random) {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return whole / 2 + (whole / 2) * random();
}

/** Whether `topic` is of `filter`, in which "+" stands for any one level. */
export function fits(filter, topic) {
  const [wanted, given] = [filter.split("/"), topic.split("/")];
  return (
    wanted.length === given.length &&
    wanted.every((level, at) => level === "+" || level === given[at])
  );
}

/** Those of `filters` that no other one of them has within it: a broker tells of each again. */
export function coversOf(filters) {
  const wanted = [...new Set(filters)];
  return wanted.filter(
    (filter) =>
      !wanted.some((other) => other !== filter && fits(other, filter)),
  );
}

/**
 * Connects when somebody wants to hear something, and again, ever less eagerly, when it was lost.
 * `hear({filters, take, tell})` has `take(topic, payload, retained)` called for each message, and
 * `tell({connected, reason})` for each change of the connection; it returns what ends it.
 */
export class Broker {
  #options;
  #warn;
  #client = null;
  #attempt = 0;
  #connectedMs = null;
  #timer = null;
  #listeners = new Set();
  #subscribed = new Set();
  #state = { connected: false, reason: "" };

  constructor({ address, username, password, tls = {}, warn }) {
    this.#warn = warn;
    this.#options = {
      ...tls,
      ...brokerOf(address),
      username: username || undefined,
      password: username ? password : undefined,
      clean: true,
      keepalive: 15,
      reconnectPeriod: 0, // waits grow: see #again
      resubscribe: false,
    };
  }

  hear(listener) {
    this.#listeners.add(listener);
    if (!this.#client) this.#connect();
    else if (this.#state.connected) this.#adjust(listener.filters);
    listener.tell(this.#state);
    return () => this.#leave(listener);
  }

  /** Ends the connection for good; resolves when it is closed. */
  close() {
    clearTimeout(this.#timer);
    this.#listeners.clear();
    const client = this.#client;
    this.#client = null;
    return client ? client.endAsync(true) : Promise.resolve();
  }

  #connect() {
    const client = mqtt.connect(this.#options);
    this.#client = client;
    client.on("connect", () => this.#connected());
    client.on("message", (topic, payload, packet) =>
      this.#take(topic, payload, packet.retain),
    );
    client.on("error", (error) => this.#say(false, error.message));
    client.on("close", () => this.#again());
  }

  #connected() {
    this.#connectedMs = performance.now();
    this.#say(true, "");
    this.#subscribed.clear();
    this.#adjust();
  }

  /** Subscribes to what is wanted, once more where `anew` is to have what is retained, and no more. */
  #adjust(anew = []) {
    const wanted = coversOf(
      [...this.#listeners].flatMap(({ filters }) => filters),
    );
    const gone = [...this.#subscribed].filter((each) => !wanted.includes(each));
    const isNew = (cover) =>
      !this.#subscribed.has(cover) || anew.some((each) => fits(cover, each));
    this.#subscribe(wanted.filter(isNew));
    if (gone.length) this.#client?.unsubscribe(gone);
    this.#subscribed = new Set(wanted);
  }

  #subscribe(wanted) {
    if (!wanted.length) return;
    this.#client?.subscribe(wanted, { qos: 1 }, (error, granted) => {
      const refused = granted?.filter(({ qos }) => qos >= 128) ?? [];
      if (error && this.#state.connected)
        this.#warn(`The broker did not take ${wanted}: ${error.message}`);
      else if (refused.length)
        this.#warn(
          `The broker refuses ${refused.map(({ topic }) => topic)}: this login may not hear it.`,
        );
    });
  }

  #leave(listener) {
    this.#listeners.delete(listener);
    if (this.#state.connected) this.#adjust();
  }

  #take(topic, payload, retained) {
    if (payload.length > MOST_BYTES) {
      this.#warn(`${topic}: ${payload.length} bytes are too many, left out.`);
      return;
    }
    for (const { filters, take } of [...this.#listeners])
      if (filters.some((filter) => fits(filter, topic)))
        take(topic, payload, retained);
  }

  #again() {
    const client = this.#client;
    if (!client) return;
    if (this.#connectedMs && performance.now() - this.#connectedMs > STEADY_MS)
      this.#attempt = 0;
    this.#connectedMs = null;
    this.#say(false, this.#state.reason || "connection lost");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => client.reconnect(), waitMs(this.#attempt));
    this.#attempt += 1;
  }

  #say(connected, reason) {
    const before = this.#state;
    if (connected === before.connected && reason === before.reason) return;
    this.#state = { connected, reason };
    if (!connected && !before.reason)
      this.#warn(`The broker is away: ${reason}. It is tried again.`);
    else if (connected && before.reason) this.#warn("The broker is back.");
    for (const { tell } of [...this.#listeners]) tell(this.#state);
  }
}
