/** A part that asks for what it shows, and shows what was known last while nobody answers. */

import { refreshed } from "/app/refreshed.mjs";

/**
 * Asked as it appears, every so many ms, and at once when `wanted` changes. `ask()` answers fields
 * of its data; what came for something else than is wanted now is left out.
 */
export function asking(ms) {
  return {
    mixins: [refreshed(ms)],
    data() {
      return { error: "" };
    },
    watch: {
      wanted() {
        this.begin?.();
        this.load();
      },
    },
    methods: {
      async load() {
        const { wanted } = this;
        try {
          const found = await this.ask();
          if (wanted === this.wanted) Object.assign(this, found, { error: "" });
        } catch (error) {
          if (wanted === this.wanted) this.error = error.message;
        }
      },
    },
  };
}
