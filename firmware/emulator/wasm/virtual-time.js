// A clock that jumps from one timer to the next. It takes the place of the process's own, and so
// must be there before MicroPython is loaded.

const immediate = globalThis.setImmediate;

/** A binary heap of timers, the earliest first; of two at one time, the one set first. */
class Timers {
  #heap = [];

  get length() {
    return this.#heap.length;
  }

  #isBefore(a, b) {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    return one.at - other.at || one.id - other.id;
  }

  #swap(a, b) {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b], this.#heap[a]];
  }

  push(timer) {
    let at = this.#heap.push(timer) - 1;
    for (
      let up;
      at > 0 && this.#isBefore(at, (up = (at - 1) >> 1)) < 0;
      at = up
    )
      this.#swap(at, up);
  }

  pop() {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (this.#heap.length) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    return first;
  }

  #sink(at) {
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.length && this.#isBefore(child, least) < 0)
          least = child;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }
}

/**
 * Put a virtual clock in place of Date.now, setTimeout and clearTimeout.
 *
 * @param {number} epochMs Unix milliseconds of its beginning
 * @returns {{nowMs: () => number, runUntil: (ms: number) => Promise<void>}} both from 0
 */
export function installVirtualTime(epochMs) {
  const timers = new Timers();
  let nowMs = 0;
  let last = 0;
  Date.now = () => epochMs + nowMs;
  globalThis.setTimeout = (callback, delayMs = 0, ...args) => {
    const at = nowMs + Math.max(0, Math.trunc(delayMs));
    const timer = { id: ++last, at, callback, args, ref() {}, unref() {} };
    timers.push(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    if (timer) timer.callback = () => {};
  };

  /** Call what is due, with all promises settled in between. */
  async function runUntil(endMs) {
    for (;;) {
      await new Promise((resolve) => immediate(resolve));
      if (!timers.length)
        throw new Error("everything waits, and nothing is due");
      const timer = timers.pop();
      if (timer.at > endMs) {
        timers.push(timer);
        nowMs = endMs;
        return;
      }
      nowMs = timer.at;
      timer.callback(...timer.args);
    }
  }

  return { nowMs: () => nowMs, runUntil };
}
