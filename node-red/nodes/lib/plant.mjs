/** What the editor offers to choose from: machines, groups, types, commands, as the API has them. */

function typeOf({ name, title, channels, counters, kpis }) {
  return {
    name,
    title,
    channels: [...channels, ...(counters ?? [])].map((each) => each.name),
    kpis: kpis.map((kpi) => ({ name: kpi.name, title: kpi.title })),
  };
}

function machineOf({ device, asset, birth }) {
  return { device, asset, faults: birth?.faults ?? [] };
}

/** The commands with an example of what each needs, from the API's own description. */
export function commandsOf(description) {
  const body = description?.components?.schemas?.CommandBody;
  return (body?.examples ?? []).map(({ name, args }) => ({ name, args }));
}

/** The machines of a group, by the registry. Throws ApiError. */
export async function membersOf(api, group) {
  const births = await api.get("/births");
  return new Set(
    births.filter((each) => each.group === group).map(({ device }) => device),
  );
}

/** All of it at once. Throws ApiError. */
export async function plantOf(api) {
  const [births, catalogue, description] = await Promise.all([
    api.get("/births"),
    api.get("/catalogue"),
    api.get("/openapi.json"),
  ]);
  return {
    machines: births.map(machineOf),
    groups: [
      ...new Set(births.map(({ group }) => group).filter(Boolean)),
    ].sort(),
    types: catalogue.map(typeOf),
    commands: commandsOf(description),
  };
}
