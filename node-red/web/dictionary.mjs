/**
 * Looks English text up in another language. A key is the text as the pages have it, with {0}, {1}
 * where something is filled in; so what arrives whole (the gateway's sentences) is found by it too.
 * Pure.
 */

const HOLE = /\{(\d)\}/g;
const LETTERS = /\p{L}/gu;
const MOST_KEPT = 5000; // texts of moments ("3 s ago") come without end
const DIGITS = { useGrouping: false, maximumSignificantDigits: 15 };
const FEW_LETTERS = 6;
const FIGURE = /^[^\p{L}]*\d/u;
const NAME = /^(?=\S*[\d_./-])\S+$|^\S{1,3}$/; // of a machine, or a unit
const ENGLISH = /\p{Ll}{3,}\S* \p{Ll}{2,}/u;
const DECIMAL = /^([+-]?\d+)\.(\d+)(?=$|[ %])/; // of versions and addresses nothing
const FORMULA = /\w\(/;
const SEPARATORS = [" · ", ": ", ", "];

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function lettersOf(key) {
  return key.replace(HOLE, "").match(LETTERS)?.length ?? 0;
}

function patternOf([key, value]) {
  const letters = lettersOf(key);
  const source = key
    .split(/\{\d\}/)
    .map(escaped)
    .join("(.*?)");
  const order = [...key.matchAll(HOLE)].map(([, number]) => Number(number));
  return { letters, value, order, test: new RegExp(`^${source}$`, "s") };
}

/** A figure within a sentence, written by the gateway: "1.08 A" becomes "1,08 A". */
function withPoint(text, point) {
  return typeof text === "string"
    ? text.replace(DECIMAL, (_, whole, rest) => `${whole}${point}${rest}`)
    : text;
}

/** A text with its holes filled. */
export function fill(text, values) {
  return text.replace(HOLE, (_, number) => values[Number(number)] ?? "");
}

/** What the pages call: `(text, ...values)`; a value {said} is a person's, and stays as it is. */
export function dictionary(words, locale) {
  const exact = new Map(Object.entries(words));
  const patterns = Object.entries(words)
    .filter(([key]) => key.search(HOLE) >= 0)
    .map(patternOf)
    .filter(({ letters }) => letters > 0)
    .sort((a, b) => b.letters - a.letters);
  const known = new Map();
  const point = (0.5).toLocaleString(locale).charAt(1);

  const isKnown = (text) => exact.has(text) || lookUp(text) !== text;

  /** Words of few letters are in sentences of quite another meaning as well. */
  function fits(part, letters) {
    if (letters >= FEW_LETTERS)
      return isKnown(part) || FORMULA.test(part) || !ENGLISH.test(part);
    return FIGURE.test(part) || NAME.test(part) || part === "" || isKnown(part);
  }

  function matched(text) {
    for (const { letters, value, order, test } of patterns) {
      const parts = test.exec(text)?.slice(1);
      if (!parts?.every((part) => fits(part, letters))) continue;
      const values = [];
      order.forEach(
        (number, at) => (values[number] = withPoint(lookUp(parts[at]), point)),
      );
      return fill(value, values);
    }
    return null;
  }

  /** "Idle 97 %", "Idle (standby)". */
  function withMore(text) {
    const [, words, figure] = /^(\D*\p{L}) ([^\p{L}]*\d.*)$/u.exec(text) ?? [];
    if (words && exact.has(words)) return `${exact.get(words)} ${figure}`;
    const [, head, more] = /^(.+) \(([^()]+)\)$/.exec(text) ?? [];
    return head && isKnown(head) && fits(more, 0)
      ? `${lookUp(head)} (${lookUp(more)})`
      : null;
  }

  function inParts(text, separator) {
    const parts = text.split(separator);
    if (parts.length < 2 || !parts.some(isKnown)) return null;
    return separator === " · " || parts.every((part) => fits(part, 0))
      ? parts.map(lookUp).join(separator)
      : null;
  }

  /** Some sentences, each known by itself. */
  function inSentences(text) {
    const parts = text.split(/(?<=[.!?]) /);
    return parts.length > 1 && parts.some(isKnown)
      ? parts.map(lookUp).join(" ")
      : null;
  }

  function found(text) {
    return (
      exact.get(text) ??
      matched(text) ??
      withMore(text) ??
      inSentences(text) ??
      SEPARATORS.reduce(
        (done, separator) => done ?? inParts(text, separator),
        null,
      ) ??
      text
    );
  }

  function lookUp(text) {
    if (typeof text === "number") return text.toLocaleString(locale, DIGITS);
    if (typeof text !== "string" || !/\p{L}{2}/u.test(text)) return text;
    if (!known.has(text)) {
      if (known.size >= MOST_KEPT) known.clear();
      const [, before, words, after] = /^(\s*)(.*?)(\s*)$/s.exec(text);
      known.set(text, before + found(words) + after);
    }
    return known.get(text);
  }

  return (text, ...values) =>
    values.length
      ? fill(exact.get(text) ?? text, values.map(valueOf(lookUp)))
      : lookUp(text);
}

function valueOf(lookUp) {
  return (value) =>
    value && typeof value === "object" ? value.said : lookUp(value);
}

/** The same without a dictionary: English is what the pages are written in. */
export function asWritten(text, ...values) {
  return values.length
    ? fill(text, values.map(valueOf((value) => value)))
    : text;
}
