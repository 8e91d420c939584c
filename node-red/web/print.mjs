/** What is printed: paper is white and narrow, and holds all that a button would show. */

const PAPER_PX = 680; // what A4 has between its margins
const listeners = new Set();
const root = document.documentElement;
let before = null;

/** Calls `listener` with a width before printing and with null after; returns what ends that. */
export function whenPrinted(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

window.addEventListener("beforeprint", () => {
  before ??= { theme: root.dataset.theme };
  root.dataset.theme = "light"; // what is painted on a canvas has no colour of the paper's
  for (const listener of listeners) listener(PAPER_PX);
});
window.addEventListener("afterprint", () => {
  if (!before) return;
  if (before.theme) root.dataset.theme = before.theme;
  else delete root.dataset.theme;
  before = null;
  for (const listener of listeners) listener(null);
});

/** A chart of ECharts, painted by `paint`, as wide as the paper while it is printed. */
export function printedChart(chart, paint) {
  return whenPrinted((width) => {
    chart.resize({ width: width ?? "auto" });
    paint();
    chart.getZr().flush(); // now: the paper waits for no frame
  });
}
