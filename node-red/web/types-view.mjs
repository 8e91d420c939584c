/** The catalogue's entry of a type as tables of words: what it has, and by what it is measured. Pure. */

import { brief, unitText, wordsOf } from "./format.mjs";

const ORIGINS = {
  built_in: "built in",
  file: "a file of this site",
  learned: "learned from what each machine sends",
};

/** Where a type comes from, in words; nothing where that is not told. */
export function originOf({ origin }) {
  return ORIGINS[origin] ?? origin ?? "";
}

function range(least, most) {
  return Number.isFinite(least) && Number.isFinite(most)
    ? `${brief(least)} to ${brief(most)}`
    : "";
}

function limitText({ side, at, severity }) {
  return `${side === "low" ? "below" : "above"} ${brief(at)}: ${severity}`;
}

function titled({ name, title }) {
  return title || wordsOf(name);
}

function goalText(goal) {
  if (!goal) return "";
  const parts = [
    [goal.at_least, "at least"],
    [goal.at_most, "at most"],
  ].filter(([value]) => Number.isFinite(value));
  return parts.map(([value, word]) => `${word} ${brief(value)}`).join(", ");
}

const listed = (texts) => texts.filter(Boolean).join(", ");

function stateValue({ name, title, time_element: element }) {
  const counts = element ? ` (${element.replace("_", " ")})` : "";
  return `${titled({ name, title })}${counts}`;
}

function eventFields({ fields = [], words = [] }) {
  const numbers = fields.map(({ name, unit }) =>
    [wordsOf(name), unitText(unit)].filter(Boolean).join(" in "),
  );
  return listed([...numbers, ...words.map(wordsOf)]);
}

const TABLES = [
  {
    part: "channels",
    title: "Measured",
    columns: ["Channel", "Unit", "Normal", "Possible", "Limits"],
    row: (channel) => [
      titled(channel) + (channel.optional ? ", where it has it" : ""),
      unitText(channel.unit),
      range(...(channel.normal ?? [])),
      range(channel.low, channel.high),
      listed((channel.limits ?? []).map(limitText)),
    ],
  },
  {
    part: "states",
    title: "States",
    columns: ["State", "Values, and what their time counts as"],
    row: (state) => [titled(state), listed(state.values.map(stateValue))],
  },
  {
    part: "counters",
    title: "Counters",
    columns: ["Counter", "Unit", "Goes round at"],
    row: (counter) => [
      titled(counter),
      unitText(counter.unit),
      counter.wraps_at === null ? "" : brief(counter.wraps_at),
    ],
  },
  {
    part: "labels",
    title: "Labels",
    columns: ["Label", ""],
    row: (label) => [titled(label), label.personal ? "personal" : ""],
  },
  {
    part: "events",
    title: "Events",
    columns: ["Event", "Says"],
    row: (event) => [titled(event), eventFields(event)],
  },
  {
    part: "kpis",
    title: "Figures",
    columns: ["Figure", "Unit", "Goal", "Formula", "Definition and source"],
    row: (kpi) => [
      titled(kpi),
      unitText(kpi.unit),
      goalText(kpi.goal),
      kpi.formula ?? "",
      kpi.formula ? (kpi.source ?? "") : firstParagraph(kpi.definition),
    ],
    isCode: 3,
  },
  {
    part: "services",
    title: "Maintenance",
    columns: ["Service", "Due when this has grown to 1", "What is to be done"],
    row: (service) => [titled(service), service.every, service.advice],
    isCode: 1,
  },
  {
    part: "wears",
    title: "What wears",
    columns: ["Part", "Sign", "Worn out at", "Formula", "What is to be done"],
    row: (wear) => [
      titled(wear),
      wear.sign,
      `${wear.ends_at} ${unitText(wear.unit)}`.trim(),
      wear.shown_by,
      wear.advice,
    ],
    isCode: 3,
  },
  {
    part: "faults",
    title: "Faults that are told",
    columns: ["Fault", "Severity", "What is to be done"],
    row: ({ label, severity, advice }) => [label, severity, advice],
  },
];

function firstParagraph(text = "") {
  return text
    .split(/\n\s*\n/)[0]
    .replace(/\s+/g, " ")
    .trim();
}

/** Columns and rows without the columns in which nothing stands. */
function withoutEmpty(columns, rows) {
  const kept = columns
    .map((title, at) => ({ title, at }))
    .filter(({ at }) => rows.some(({ cells }) => cells[at]));
  return {
    columns: kept.map(({ title }) => title),
    places: kept.map(({ at }) => at),
    rows: rows.map(({ key, cells }) => ({
      key,
      cells: kept.map(({ at }) => cells[at]),
    })),
  };
}

/** The tables of a type; what it has none of is left out. */
export function typeTables(type) {
  return TABLES.filter(({ part }) => type[part]?.length).map((table) => {
    const { part, title, row, isCode = -1 } = table;
    const rows = type[part].map((entry) => ({
      key: entry.name,
      cells: row(entry),
    }));
    const { places, ...shown } = withoutEmpty(table.columns, rows);
    return { name: part, title, ...shown, code: places.indexOf(isCode) };
  });
}

const COUNTED = [
  ["channels", "channel"],
  ["states", "state"],
  ["counters", "counter"],
  ["events", "event"],
  ["kpis", "figure"],
  ["faults", "fault"],
];

/** A type in one line: "4 channels, 8 figures, 4 faults". */
export function typeLine(type) {
  const texts = COUNTED.map(([part, word]) => {
    const count = type[part]?.length ?? 0;
    return count ? `${count} ${word}${count === 1 ? "" : "s"}` : "";
  });
  return listed(texts);
}
