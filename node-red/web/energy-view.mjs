/** The energy answer as what the page draws: totals, stacked series, a line for each device. Pure. */

const MOST_SERIES = 8;
const DAY_MS = 86_400_000;

export const PERIODS = [
  { name: "day", text: "24 hours", ms: DAY_MS, bucket: "hour" },
  { name: "week", text: "7 days", ms: 7 * DAY_MS, bucket: "day" },
  { name: "month", text: "30 days", ms: 30 * DAY_MS, bucket: "day" },
];

export const MEASURES = [
  { name: "energy_wh", title: "Energy", unit: "Wh" },
  { name: "co2_g", title: "CO₂", unit: "g" },
  { name: "cost", title: "Cost", unit: "money" },
];

function sum(values) {
  return (values ?? []).reduce((total, value) => total + (value ?? 0), 0);
}

const BUCKET_MS = { minute: 60_000, hour: 3_600_000, day: DAY_MS };

/** From the first bucket to the end of the last. */
function wholeBuckets({ time_ms, bucket }) {
  return { fromMs: time_ms[0], toMs: time_ms.at(-1) + BUCKET_MS[bucket] };
}

/** The share of the whole span that was measured: each bucket counts as long as it is in it. */
function measuredShare(coverage, answer, { fromMs, toMs }) {
  const measured = answer.time_ms.map((start, at) => {
    const end = Math.min(start + BUCKET_MS[answer.bucket], toMs);
    return (coverage?.[at] ?? 0) * (end - Math.max(start, fromMs));
  });
  return Math.min(1, sum(measured) / (toMs - fromMs));
}

/** One line a device, the most energy first, with its share of all. */
export function deviceLines(answer, span = wholeBuckets(answer)) {
  const lines = Object.entries(answer.devices).map(([device, figures]) => ({
    device,
    energy_wh: sum(figures.energy_wh),
    co2_g: sum(figures.co2_g),
    cost: sum(figures.cost),
    coverage: measuredShare(figures.coverage, answer, span),
  }));
  const total = sum(lines.map((line) => line.energy_wh));
  return lines
    .map((line) => ({ ...line, share: total > 0 ? line.energy_wh / total : 0 }))
    .sort((a, b) => b.energy_wh - a.energy_wh);
}

/** The answer with every bucket of the period, so that time without readings shows as such. */
export function withEmptyBuckets(answer, { fromMs, toMs }) {
  const step = BUCKET_MS[answer.bucket];
  const [known] = answer.time_ms;
  if (known === undefined || !step) return answer;
  const first = known - Math.floor((known - fromMs) / step) * step;
  const places = new Map(answer.time_ms.map((time, place) => [time, place]));
  const times = [];
  for (let time = first; time <= toMs; time += step) times.push(time);
  if (!answer.time_ms.every((time) => times.includes(time))) return answer;
  const spread = (values) =>
    times.map((time) => values[places.get(time)] ?? null);
  const devices = Object.entries(answer.devices).map(([device, figures]) => [
    device,
    Object.fromEntries(
      Object.entries(figures).map(([name, values]) => [name, spread(values)]),
    ),
  ]);
  return { ...answer, time_ms: times, devices: Object.fromEntries(devices) };
}

function addUp(lists, length) {
  return Array.from({ length }, (_, at) => sum(lists.map((list) => list[at])));
}

/** The stacked series of one measure: the largest devices each, all others as one. */
export function stacked(answer, measure) {
  const order = deviceLines(answer).map((line) => line.device);
  const values = (device) => answer.devices[device][measure];
  const named = order.slice(
    0,
    order.length > MOST_SERIES + 1 ? MOST_SERIES : order.length,
  );
  const others = order.slice(named.length);
  named.sort((a, b) => a.localeCompare(b, "en", { numeric: true })); // colours stay as ranks change
  const series = named.map((name) => ({ name, values: values(name) }));
  if (others.length === 0) return series;
  return [
    ...series,
    {
      name: `${others.length} others`,
      values: addUp(others.map(values), answer.time_ms.length),
    },
  ];
}

/** The largest stack of a chart, by which its unit is chosen. */
export function highest(series) {
  const length = series[0]?.values.length ?? 0;
  return Math.max(
    0,
    ...addUp(
      series.map((entry) => entry.values),
      length,
    ),
  );
}

/** How the axis of a measure is scaled and named, so that its numbers stay short. */
export function axisScale(measure, most, currency) {
  if (measure.unit === "money") return { factor: 1, unit: currency };
  if (most < 1000) return { factor: 1, unit: measure.unit };
  return { factor: 1 / 1000, unit: `k${measure.unit}` };
}
