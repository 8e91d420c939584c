/** Who sits at this browser: the name that is kept with what is acknowledged, said and set. */

const KEY = "edgetwin.acknowledge-as";

export function knownName() {
  return localStorage.getItem(KEY) ?? "";
}

export function rememberName(name) {
  localStorage.setItem(KEY, name);
}
