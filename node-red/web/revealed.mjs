/** A card of lines with forms: whoever the address sends to one (`limits=NAME`) begins there at once. */
export const revealed = {
  data: () => ({ edited: "" }), // the channel whose form is open
  watch: { "$route.query.limits": "reveal" },
  methods: {
    reveal(name) {
      const line = this.$refs.lines?.find(
        (each) => each.dataset.limits === name,
      );
      if (!line) return;
      this.edited = name;
      line.scrollIntoView({ block: "center" });
    },
  },
};
