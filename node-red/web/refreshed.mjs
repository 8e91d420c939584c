/** A part that loads what it shows as it appears, and again every so many ms while it is there. */
export function refreshed(ms) {
  return {
    mounted() {
      this.load();
      this.timer = setInterval(() => this.load(), ms);
    },
    unmounted() {
      clearInterval(this.timer);
    },
  };
}
