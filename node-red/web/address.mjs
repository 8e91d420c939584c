/** What is chosen on a page, as it stands in the address: a reload and a shared link keep it. Pure. */

/** An address's query with other values; what is empty, or as it is by itself, is left out. */
export function changed(query, values, usual = {}) {
  return Object.fromEntries(
    Object.entries({ ...query, ...values }).filter(
      ([key, value]) => value && value !== usual[key],
    ),
  );
}

/** A computed property of a page: one of `values`, under `key`; `usual` where none is chosen. */
export function inAddress(key, values, usual = values[0]) {
  return {
    get() {
      const value = this.$route.query[key];
      return values.includes(value) ? value : usual;
    },
    set(value) {
      const query = changed(
        this.$route.query,
        { [key]: value },
        { [key]: usual },
      );
      this.$router.replace({ query });
    },
  };
}
