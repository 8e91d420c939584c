/** The machines of one group, asked anew now and then, as people change them. */

import { membersOf } from "./plant.mjs";

const PERIOD_MS = 60_000;
const AGAIN_MS = 5000;

function same(one, other) {
  return (
    one !== null &&
    one.size === other.size &&
    [...one].every((name) => other.has(name))
  );
}

/** `changed()` is called when they are known first, and whenever they are others. */
export class Members {
  #names = null;
  #timer = null;
  #closed = false;

  constructor({ api, group, changed, fail }) {
    this.#follow(() => membersOf(api, group), { group, changed, fail });
  }

  has(device) {
    return this.#names?.has(device) ?? false;
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #follow(ask, told) {
    const period = await this.#look(ask, told);
    if (!this.#closed)
      this.#timer = setTimeout(() => this.#follow(ask, told), period);
  }

  async #look(ask, { group, changed, fail }) {
    try {
      const names = await ask();
      if (this.#closed) return PERIOD_MS;
      if (!names.size)
        fail(new Error(`No machine is in the group "${group}" at present.`));
      const others = !same(this.#names, names);
      this.#names = names;
      if (others) changed();
      return PERIOD_MS;
    } catch (error) {
      if (!this.#closed) fail(error);
      return AGAIN_MS;
    }
  }
}
