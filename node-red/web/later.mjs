/** Parts that most visits have no need of: they are fetched when they are first shown. */

const AGAIN_MS = 3000;

/** A component of a module that `load` imports; tried again while the dashboard cannot be reached. */
export function later(load) {
  return window.Vue.defineAsyncComponent({
    loader: load,
    onError: (_, retry) => setTimeout(retry, AGAIN_MS),
  });
}
