/** Events as the journal has them: a state tells that there are more, the API which. */

const MOST = 1000; // the API's own limit
const MARGIN = 50; // late events lie among older ones

function counted(state) {
  return Object.values(state.events ?? {}).reduce(
    (sum, event) => sum + (Number(event?.count) || 0),
    0,
  );
}

/** Calls `emit(device, event)` once for each event stored after it first heard of the machine. */
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
    const known = this.#machines.get(device);
    if (!known) {
      const begun = { count, told: count, lastId: null, asking: false };
      this.#machines.set(device, begun);
      return this.#follow(device, begun);
    }
    if (count < known.told) known.told = count; // the machine begins anew
    known.count = count;
    return this.#follow(device, known);
  }

  forget(device) {
    this.#machines.delete(device);
  }

  async #follow(device, known) {
    if (known.asking) return;
    known.asking = true;
    try {
      while (known.lastId === null || known.count > known.told)
        await this.#ask(device, known);
    } catch (error) {
      this.#fail(error); // the next state asks again
    } finally {
      known.asking = false;
    }
  }

  async #ask(device, known) {
    const { count } = known;
    const missing = count - known.told;
    const newest = await this.#newest(device, missing + MARGIN);
    const isNew = ({ id }) => id > (known.lastId ?? Infinity);
    const deeper =
      missing > newest.filter(isNew).length &&
      newest.length === missing + MARGIN;
    const all = deeper ? await this.#newest(device, MOST) : newest;
    const events = all.filter(isNew);
    // What was stored between the first state and the first answer is neither told nor missed.
    const lost = known.followed ? missing - events.length : 0;
    known.followed ||= missing > 0;
    known.lastId = Math.max(known.lastId ?? 0, ...all.map(({ id }) => id));
    known.told = Math.max(count, known.told + events.length);
    for (const event of events.sort((one, other) => one.id - other.id))
      this.#emit(device, event);
    if (lost > 0 && all.length >= MOST)
      this.#fail(
        new Error(
          `${lost} events of ${device} came too late to be sent on: ` +
            `they are in its list (/devices/${device}/events).`,
        ),
      );
  }

  #newest(device, limit) {
    return this.#api.get(`/devices/${device}/events`, {
      limit: String(Math.min(MOST, limit)),
    });
  }
}
