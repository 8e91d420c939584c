/** Parts of the week in which a price is another one: as typed, as sent, as told. Pure. */

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** On which days a band begins. */
export const WHEN = [
  { value: "all", text: "every day", days: [] },
  { value: "work", text: "Monday to Friday", days: DAYS.slice(0, 5) },
  { value: "weekend", text: "Saturday and Sunday", days: DAYS.slice(5) },
  ...DAYS.map((day, at) => ({ value: day, text: NAMES[at], days: [day] })),
];

const NIGHT = { name: "night", from: "22:00", to: "06:00", when: "all" };
const WEEKEND = {
  name: "weekend",
  from: "00:00",
  to: "00:00",
  when: "weekend",
};

/** What one more band begins as. */
export function newBand(bands) {
  const [usual] = [NIGHT, WEEKEND].filter(
    ({ name }) => !bands.some((band) => band.name === name),
  );
  return { ...(usual ?? { ...NIGHT, name: "" }), value: "" };
}

function whenOf(days) {
  const same = WHEN.find((choice) => choice.days.join() === days.join());
  return same?.value ?? days.join();
}

/** The bands of a version as a form has them. */
export function typedBands(bands) {
  return bands.map(({ name, value, from, to, days }) => ({
    name,
    from,
    to,
    when: whenOf(days),
    value: String(value),
  }));
}

/** A form's bands as the gateway takes them. Throws an Error whose message is a sentence. */
export function bandsOf(typed) {
  return typed.map(({ name, from, to, when, value }) => {
    const number = Number(value.trim().replace(",", "."));
    if (!name.trim()) throw new Error("Give each part of the week a name.");
    if (!value.trim() || !Number.isFinite(number))
      throw new Error(`${name}: the value must be a number, as 0.19.`);
    if (!from || !to) throw new Error(`${name}: say from when to when.`);
    const choice = WHEN.find((one) => one.value === when);
    const days = choice ? choice.days : when.split(",");
    return { name: name.trim(), value: number, from, to, days };
  });
}

/** "night 22:00–06:00 0.19". */
export function bandText({ name, value, from, to, days }) {
  const time = from === to ? "all day" : `${from}–${to}`;
  const when = whenOf(days);
  const on = WHEN.find((one) => one.value === when)?.text;
  const words = when === "all" ? "" : (on ?? days.join(", "));
  return [name, words, time, value].filter((part) => part !== "").join(" ");
}
