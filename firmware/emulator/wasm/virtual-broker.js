// A broker with a gateway in it, for one board in virtual time: takes the board's bytes, answers as
// MQTT 3.1.1 has it, keeps books of the items, and sends watermarks five times a second.

const [CONNECT, PUBLISH, PUBACK, SUBSCRIBE, PINGREQ] = [1, 3, 4, 8, 12];
const ACK_EVERY_MS = 200;
const LATENCY_MS = 1;

/** Cut what can be cut of `buffer`; `rest` is a packet that is not whole yet. */
function cut(buffer) {
  const packets = [];
  for (let start = 0; ;) {
    let size = 0;
    let at = start + 1;
    for (let shift = 0; ; shift += 7, at += 1) {
      if (at >= buffer.length) return { packets, rest: buffer.subarray(start) };
      size |= (buffer[at] & 127) << shift;
      if (buffer[at] < 128) break;
    }
    const body = buffer.subarray(at + 1, at + 1 + size);
    if (body.length < size) return { packets, rest: buffer.subarray(start) };
    packets.push({ kind: buffer[start] >> 4, flags: buffer[start] & 15, body });
    start = at + 1 + size;
  }
}

/** A PUBLISH at QoS 0. */
function publication(topic, payload) {
  const name = Buffer.from(topic);
  const size = 2 + name.length + payload.length;
  const head = [0x30];
  for (let left = size; ; left >>= 7) {
    head.push(left > 127 ? (left & 127) | 128 : left);
    if (left <= 127) break;
  }
  head.push(name.length >> 8, name.length & 255);
  return Buffer.concat([Buffer.from(head), name, Buffer.from(payload)]);
}

export class VirtualBroker {
  /** What the board did; `wrong` names, in words, what it must never do. */
  books = {
    publishes: 0,
    readings: 0,
    events: {},
    repeats: 0,
    early: 0,
    gaps: 0,
    idsAround: 0,
    sessions: 0,
    wrong: [],
    firstMs: 0,
    lastMs: 0,
    intervals: {},
  };
  #socket;
  #buffer;
  #session = 0;
  #inFlight;
  #lastId = 0;
  #epoch;
  #watermark = 0;
  #due = false;
  #topic;
  /** Telemetry messages to lose after their PUBACK, as a gateway that dies does. */
  toLose = 0;

  /** @param {string} topic of the board, without the kind: `edgetwin/v1/workshop/fan-90/` */
  constructor(topic) {
    this.#topic = topic;
  }

  /** A new connection; `happened` is the board's callback, as bridge.js has it. */
  accept(happened) {
    this.#session += 1;
    this.#socket = happened;
    this.#buffer = Buffer.alloc(0);
    this.#inFlight = new Set();
    this.books.sessions += 1;
    this.#later(() => happened("open", ""));
  }

  /** End the connection; with a reason, the board is told. */
  end(reason = "") {
    const happened = this.#socket;
    if (reason) this.#later(() => happened("closed", reason));
    setTimeout(() => this.#session++, LATENCY_MS);
  }

  /** What the board wrote. */
  receive(hex) {
    this.#later(() => {
      const arrived = Buffer.concat([this.#buffer, Buffer.from(hex, "hex")]);
      const { packets, rest } = cut(arrived);
      this.#buffer = rest;
      for (const packet of packets) this.#handle(packet);
    });
  }

  /** Do it soon, unless this connection is over by then. */
  #later(action) {
    const session = this.#session;
    setTimeout(() => {
      if (session === this.#session) action();
    }, LATENCY_MS);
  }

  #send(data) {
    const happened = this.#socket;
    this.#later(() => happened("data", Buffer.from(data).toString("hex")));
  }

  #handle({ kind, flags, body }) {
    if (kind === CONNECT) this.#send([0x20, 2, 0, 0]);
    else if (kind === SUBSCRIBE) {
      this.#begin(body.readUInt16BE(0));
      this.#send([0x90, 5, body[0], body[1], 1, 1, 1]);
      this.#inFlight.delete(body.readUInt16BE(0));
    } else if (kind === PINGREQ) this.#send([0xd0, 0]);
    else if (kind === PUBLISH) this.#published(flags, body);
    else if (kind !== PUBACK && kind !== 14)
      this.books.wrong.push(`a packet of type ${kind}`);
  }

  /** Check a packet id of the board: 1 to 65535 in turn and around, none while it is in flight. */
  #begin(id) {
    if (id !== (this.#lastId % 65535) + 1)
      this.books.wrong.push(`packet id ${id} after ${this.#lastId}`);
    if (this.#inFlight.has(id)) this.books.wrong.push(`packet id ${id} twice`);
    if (id < this.#lastId) this.books.idsAround += 1;
    this.#inFlight.add(id);
    this.#lastId = id;
  }

  #published(flags, body) {
    const end = 2 + body.readUInt16BE(0);
    const topic = body.toString("utf8", 2, end);
    const id = body.readUInt16BE(end);
    if ((flags >> 1) % 4 !== 1) this.books.wrong.push(`QoS of ${topic}`);
    this.books.publishes += 1;
    this.#begin(id);
    this.#inFlight.delete(id);
    this.#send([0x40, 2, id >> 8, id & 255]);
    if (topic !== `${this.#topic}telemetry`) return;
    if (this.toLose > 0) this.toLose -= 1;
    else this.#take(JSON.parse(body.toString("utf8", end + 2)));
  }

  #take(message) {
    for (const item of Array.isArray(message) ? message : [message])
      if ("oldest" in item) this.#floor(item);
      else this.#item(item);
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => this.#acknowledge(), ACK_EVERY_MS);
  }

  #floor({ epoch, oldest }) {
    this.#epoch ??= epoch;
    if (epoch !== this.#epoch) this.books.wrong.push(`epoch ${epoch}`);
    if (oldest <= this.#watermark + 1) return;
    this.books.gaps += oldest - 1 - this.#watermark;
    this.#watermark = oldest - 1;
  }

  /** In order, once: what comes again, or before one that was lost, is counted and not taken. */
  #item({ epoch, seq, time_ms: timeMs, event }) {
    if (epoch !== this.#epoch) this.books.wrong.push(`epoch ${epoch}`);
    const { books } = this;
    if (seq <= this.#watermark) books.repeats += 1;
    if (seq > this.#watermark + 1) books.early += 1;
    if (seq !== this.#watermark + 1) return;
    if (books.readings) {
      const interval = timeMs - books.lastMs;
      books.intervals[interval] = (books.intervals[interval] ?? 0) + 1;
    } else books.firstMs = timeMs;
    books.lastMs = timeMs;
    if (event) books.events[event] = (books.events[event] ?? 0) + 1;
    books.readings += 1;
    this.#watermark = seq;
  }

  #acknowledge() {
    this.#due = false;
    const ack = JSON.stringify({ epoch: this.#epoch, seq: this.#watermark });
    this.#send(publication(`${this.#topic}ack`, ack));
  }
}
