/** The language of this browser: as it asks for, or as somebody chose in it. English is the source. */

import { asWritten, dictionary } from "./dictionary.mjs";

const KEPT_AS = "edgetwin.language";
const LOCALES = { en: "en-GB", de: "de-DE" };

function kept() {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function startingLanguage() {
  if (typeof document === "undefined") return "en"; // a test without a browser
  const wanted = [kept(), ...navigator.languages].filter(Boolean);
  const found = wanted.find((name) => LOCALES[name.slice(0, 2)]);
  return found?.slice(0, 2) ?? "en";
}

async function wordsOf(language) {
  const file = new URL(`languages/${language}.json`, import.meta.url);
  try {
    return await (await fetch(file)).json();
  } catch (error) {
    console.error(`The pages stay English: ${file} cannot be read.`, error);
    return null;
  }
}

async function lookUpIn(language) {
  const words = language === "en" ? null : await wordsOf(language);
  return words ? dictionary(words, LOCALES[language]) : asWritten;
}

/** "en" or "de". */
export const language = startingLanguage();

/** What numbers and dates are written by. */
export const locale = LOCALES[language];

/** English text in this language: `tr("Alarm of {0}", title)`. */
export const tr = await lookUpIn(language);

/** Shows the pages in another language, from now on in this browser. */
export function chooseLanguage(name) {
  try {
    localStorage.setItem(KEPT_AS, name);
  } catch {
    return; // it would be forgotten with the page that shows it
  }
  window.location.reload();
}

if (typeof document !== "undefined") document.documentElement.lang = language;
