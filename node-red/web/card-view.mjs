/** What the fleet page's cards say of a machine, whatever its type. Pure. */

import { brief, number, wordsOf } from "./format.mjs";

const ELEMENT_SEVERITY = {
  producing: "sev-none",
  setup: "sev-low",
  down: "sev-high",
};

/** What a machine does, in its type's words, with a colour by what its time counts as; or null. */
export function stateOf(device, type) {
  if (!device.state) return null;
  const value = type?.states?.[0]?.values.find(
    ({ name }) => name === device.state,
  );
  return {
    text: value?.title || wordsOf(device.state),
    severity: ELEMENT_SEVERITY[value?.time_element] ?? "sev-quiet",
  };
}

function plainFigure([name, value], type) {
  const channel = type?.byChannel?.[name];
  return {
    name,
    title: channel?.title ?? wordsOf(name),
    unit: channel?.unit ?? "",
    text: channel ? number(value, channel.decimals) : brief(value),
  };
}

/** The headlines of planned time of these machines' types: a moment does not tell them, a day does. */
export function plannedNames(devices, types) {
  const headlines = devices.flatMap(
    ({ asset }) => types[asset]?.headlines ?? [],
  );
  const planned = headlines.filter((kpi) => kpi.planned);
  return [...new Set(planned.map(({ name }) => name))];
}

/** The gateway's figures of a day, by machine and name. */
export function figuresOfDay({ groups }) {
  const valueOf = ([name, { value }]) => [name, value.at(-1)];
  return Object.fromEntries(
    groups.map(({ name, kpis }) => [
      name,
      Object.fromEntries(Object.entries(kpis).map(valueOf)),
    ]),
  );
}

/** The figures of a machine's card: its type's headlines, else the first of what it measures. */
export function cardFigures(device, type, today = {}) {
  if (device.plain.length)
    return device.plain.map((value) => plainFigure(value, type));
  return (type?.headlines ?? []).map((kpi, place) => ({
    name: kpi.name,
    title: kpi.planned ? `${kpi.title} today` : kpi.title,
    unit: kpi.unit,
    text: number(
      kpi.planned ? today[kpi.name] : device.headline[place],
      kpi.decimals,
    ),
  }));
}
