/** A page of the machines that the filter of its address means. */

import { filterOf, isFiltered } from "/app/filter.mjs";
import { select } from "/app/fleet-rows.mjs";

export const filtered = {
  computed: {
    filter() {
      return filterOf(this.$route.query);
    },
    isFiltered() {
      return isFiltered(this.filter);
    },
    /** By name. */
    meant() {
      return select(this.live.devices, { ...this.filter, order: "name" });
    },
  },
};
