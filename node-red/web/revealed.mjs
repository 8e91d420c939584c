const FOLLOWED_MS = 10_000;
const DEEDS = ["wheel", "touchstart", "pointerdown", "keydown"];

/** Keep `line` in view while the page around it still grows, until somebody does something. */
function keepInView(line) {
  const show = () => line.scrollIntoView({ block: "center" });
  const sizes = new ResizeObserver(show);
  const end = () => {
    sizes.disconnect();
    for (const deed of DEEDS) removeEventListener(deed, end);
  };
  show();
  sizes.observe(line.closest(".et-page") ?? document.body);
  for (const deed of DEEDS) addEventListener(deed, end, { passive: true });
  setTimeout(end, FOLLOWED_MS);
}

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
      keepInView(line);
    },
  },
};
