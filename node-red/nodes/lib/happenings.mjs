/** Events as the journal has them: a state tells that there are more, the API which. */

const MOST = 1000; // the API's own limit
const MARGIN = 50; // late events lie among older ones
const UNSURE_MS = 5000; // received so shortly before a state, an event may not be counted in it

function counted(state) {
  return Object.values(state.events ?? {}).reduce(
    (sum, event) => sum + (Number(event?.count) || 0),
    0,
  );
}

function byId(one, other) {
  return one.id - other.id;
}

/** Calls `emit(device, event)` once for each event stored after the first state of the machine. */
export class Happenings {
  #api;
  #emit;
  #fail;
  #machines = new Map();

  constructor({ api, emit, fail }) {
    this.#api = api;
    this.#emit = emit;
    this.#fail = fail;
  }

  /** A machine's newest state. Resolves when nothing is left to ask. */
  async take(device, state) {
    const count = counted(state);
    const known = this.#machines.get(device) ?? this.#begin(device, state);
    if (count < known.told) known.told = count; // the machine begins anew
    known.count = count;
    return this.#follow(device, known);
  }

  forget(device) {
    this.#machines.delete(device);
  }

  #begin(device, { published_ms }) {
    const known = {
      // `told` is what the first state counts: it is the least so far.
      ...{ count: 0, told: Infinity, lastId: null, unsure: [], asking: false },
      sinceMs: Number.isFinite(published_ms) ? published_ms : Infinity,
    };
    this.#machines.set(device, known);
    return known;
  }

  async #follow(device, known) {
    if (known.asking) return;
    known.asking = true;
    try {
      if (known.lastId === null) await this.#first(device, known);
      while (known.count > known.told) await this.#more(device, known);
    } catch (error) {
      this.#fail(error); // the next state asks again
    } finally {
      known.asking = false;
    }
  }

  /** What the first state counted is known; what came since is told. */
  async #first(device, known) {
    const { sinceMs } = known;
    const newest = await this.#newest(device, MARGIN);
    const before = newest.filter(({ received_ms }) => received_ms <= sinceMs);
    known.unsure = before
      .filter(({ received_ms }) => received_ms > sinceMs - UNSURE_MS)
      .sort(byId);
    known.lastId = Math.max(0, ...before.map(({ id }) => id));
    this.#tell(device, known, newest);
  }

  async #more(device, known) {
    const { count } = known;
    const missing = count - known.told;
    let found = await this.#newest(device, missing + MARGIN);
    const isNew = ({ id }) => id > known.lastId;
    if (
      missing > found.filter(isNew).length &&
      found.length === missing + MARGIN
    )
      found = await this.#newest(device, MOST);
    const lacking = missing - found.filter(isNew).length;
    const unsure = lacking > 0 ? known.unsure.splice(-lacking) : [];
    this.#tell(device, known, found, unsure);
    known.told = Math.max(count, known.told);
    if (lacking > unsure.length && found.length >= MOST)
      this.#fail(
        new Error(
          `${lacking} events of ${device} came too late to be sent on: ` +
            `they are in its list (/devices/${device}/events).`,
        ),
      );
  }

  #tell(device, known, found, unsure = []) {
    const fresh = found.filter(({ id }) => id > known.lastId).sort(byId);
    known.lastId = Math.max(known.lastId, ...fresh.map(({ id }) => id));
    known.told += unsure.length + fresh.length;
    for (const event of [...unsure, ...fresh]) this.#emit(device, event);
  }

  #newest(device, limit) {
    return this.#api.get(`/devices/${device}/events`, {
      limit: String(Math.min(MOST, limit)),
    });
  }
}
