/** Light or dark: as the system has it or as somebody chose in this browser, and its colours. */

const KEPT_AS = "edgetwin.theme"; // read before the first paint by lib/index-page.mjs too
const CHOICES = ["system", "light", "dark"];
const BARS = { light: "#ffffff", dark: "#0d121a" }; // --nav, which no meta element can name

const isLight = window.matchMedia("(prefers-color-scheme: light)");

function kept() {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function shownFor(choice) {
  if (choice !== "system") return choice;
  return isLight.matches ? "light" : "dark";
}

function startingChoice() {
  const found = kept();
  return CHOICES.includes(found) ? found : "system";
}

/** `choice` is one of CHOICES, `shown` "light" or "dark": what draws on a canvas watches it. */
export const theme = window.Vue.reactive({
  choice: startingChoice(),
  shown: shownFor(startingChoice()),
});

function apply() {
  const root = document.documentElement;
  if (theme.choice === "system") delete root.dataset.theme;
  else root.dataset.theme = theme.choice;
  for (const meta of document.querySelectorAll("meta[name=theme-color]"))
    meta.content =
      BARS[theme.choice === "system" ? meta.dataset.theme : theme.choice];
  theme.shown = shownFor(theme.choice);
  root.dataset.shown = theme.shown;
}

/** Shows a theme and keeps it for this browser. Throws RangeError for one there is not. */
export function chooseTheme(choice) {
  if (!CHOICES.includes(choice))
    throw new RangeError(`The theme is ${CHOICES.join(", ")}, not ${choice}.`);
  theme.choice = choice;
  apply();
  try {
    localStorage.setItem(KEPT_AS, choice);
  } catch {
    // a browser that keeps nothing shows it until it is closed
  }
}

/** The choice after this one, round and round. */
export function nextChoice(choice) {
  return CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
}

/** A CSS colour such as `var(--text)` as what a canvas understands, in the theme that is shown. */
export function painted(colour) {
  const probe = document.createElement("i");
  probe.style.color = colour;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

isLight.addEventListener("change", apply);
apply();
