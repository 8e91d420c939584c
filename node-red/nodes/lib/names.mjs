/** What edgetwin's names may be, and sentences on those that cannot. Pure. */

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const MOST_LETTERS = 2000;

/** What a person wrote is wrong or missing; the message names it and says what to do. */
export class InputError extends Error {}

/** The name of a machine or site. Throws InputError; `what` is called so in its sentence. */
export function nameOf(value, what) {
  const name = typeof value === "string" ? value.trim() : value;
  if (name === undefined || name === null || name === "")
    throw new InputError(
      `There is no ${what}: choose one in the node, or send it as msg.${what}.`,
    );
  if (typeof name !== "string" || !NAME.test(name))
    throw new InputError(
      `${JSON.stringify(name)?.slice(0, 80)} is no name of a ${what}: those have letters, digits, ` +
        '"_", "." and "-", 64 at most, and begin with a letter or digit.',
    );
  return name;
}

/** Names with commas between them, of a text or a list; undefined for none. Throws InputError. */
export function namesOf(value, what) {
  const list = Array.isArray(value) ? value : `${value ?? ""}`.split(",");
  if (list.some((name) => typeof name !== "string"))
    throw new InputError(
      `msg.${what} must be a text or a list of texts, such as "temperature,current".`,
    );
  const names = list
    .map((name) => name.trim())
    .filter(Boolean)
    .join(",");
  if (names.length > MOST_LETTERS)
    throw new InputError(
      `msg.${what} has ${names.length} letters; at most ${MOST_LETTERS} can be asked at once.`,
    );
  return names || undefined;
}

/** One of `words`, or undefined for none. Throws InputError. */
export function wordOf(value, words, what) {
  if (value === undefined || value === null || value === "") return undefined;
  if (!words.includes(value))
    throw new InputError(
      `${JSON.stringify(value)?.slice(0, 80)} is no ${what}: write ${words.join(", ")}.`,
    );
  return value;
}
