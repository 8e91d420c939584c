/** The API's columns in, one object a bucket out, as tables, charts and CSV files want them. Pure. */

function at(columns, index) {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, column[index]]),
  );
}

/** `/history`: of channels mean, least and greatest, of counters how they stand and grew, figures. */
export function historyRows(answer) {
  const columns = { count: answer.count };
  for (const [name, { min, mean, max }] of Object.entries(answer.channels))
    Object.assign(columns, {
      [name]: mean,
      [`${name}_min`]: min,
      [`${name}_max`]: max,
    });
  for (const [name, { last, increase }] of Object.entries(
    answer.counters ?? {},
  ))
    Object.assign(columns, { [name]: last, [`${name}_increase`]: increase });
  for (const [name, { value }] of Object.entries(answer.kpis ?? {}))
    columns[name] = value;
  return answer.time_ms.map((time_ms, index) => ({
    time_ms,
    ...at(columns, index),
  }));
}

function figures(kpis) {
  return Object.fromEntries(
    Object.entries(kpis).map(([name, { value }]) => [name, value]),
  );
}

/** `/kpis` of a machine, or of groups: then with the name of each in `group`. */
export function kpiRows(answer) {
  const { time_ms, end_ms, label } = answer;
  const when = { time_ms, end_ms, label };
  if (answer.shift) when.shift = answer.shift;
  const rows = (kpis, head) =>
    time_ms.map((_, index) => ({
      ...at(when, index),
      ...head,
      ...at(figures(kpis), index),
    }));
  if (!answer.groups) return rows(answer.kpis, {});
  return answer.groups.flatMap(({ name, kpis }) => rows(kpis, { group: name }));
}
