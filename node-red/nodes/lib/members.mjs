/** The machines of one group, asked anew now and then, as people change them. */

import { membersOf } from "./plant.mjs";

const PERIOD_MS = 60_000;
const AGAIN_MS = 5000;

/** `has(device)` waits for the first answer; with none yet, nobody is a member. */
export class Members {
  #ask;
  #names = new Set();
  #first;
  #timer = null;
  #closed = false;

  constructor({ api, group, fail }) {
    this.#ask = async () => {
      this.#names = await membersOf(api, group);
      if (!this.#names.size && !this.#closed)
        fail(new Error(`No machine is in the group "${group}" at present.`));
    };
    this.#first = this.#again(fail);
  }

  async has(device) {
    await this.#first;
    return this.#names.has(device);
  }

  includes(device) {
    return this.#names.has(device);
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #again(fail) {
    let period = PERIOD_MS;
    try {
      await this.#ask();
    } catch (error) {
      period = AGAIN_MS;
      if (!this.#closed) fail(error);
    }
    if (!this.#closed)
      this.#timer = setTimeout(() => this.#again(fail), period);
  }
}
