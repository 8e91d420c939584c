/** A machine's trend: buckets from REST, then live values folded in behind them. Pure. */

/** An empty trend over `spanMs` with buckets of `bucketMs`. */
export function emptyTrend({ spanMs, bucketMs }) {
  return { spanMs, bucketMs, times: [], channels: {} };
}

/** The gateway's history answer as a trend that can grow. */
export function trendFrom(answer, spanMs) {
  const channels = Object.fromEntries(
    Object.entries(answer.channels).map(([name, { min, mean, max }]) => [
      name,
      {
        min: [...min],
        mean: [...mean],
        max: [...max],
        counts: [...answer.count],
      },
    ]),
  );
  return {
    spanMs,
    bucketMs: answer.bucket_ms,
    times: [...answer.time_ms],
    channels,
  };
}

function blank(length) {
  const nothing = () => new Array(length).fill(null);
  return { min: nothing(), mean: nothing(), max: nothing(), counts: nothing() };
}

function open(series) {
  for (const key of ["min", "mean", "max", "counts"]) series[key].push(null);
}

function fold(series, value) {
  const at = series.mean.length - 1;
  const count = series.counts[at] ?? 0;
  series.min[at] = count ? Math.min(series.min[at], value) : value;
  series.max[at] = count ? Math.max(series.max[at], value) : value;
  series.mean[at] = count
    ? series.mean[at] + (value - series.mean[at]) / (count + 1)
    : value;
  series.counts[at] = count + 1;
}

function dropOld(trend) {
  const oldest = trend.times[trend.times.length - 1] - trend.spanMs;
  let old = 0;
  while (trend.times[old] < oldest) old += 1;
  if (old === 0) return;
  trend.times.splice(0, old);
  for (const series of Object.values(trend.channels))
    for (const key of ["min", "mean", "max", "counts"])
      series[key].splice(0, old);
}

/** Folds one live reading into `trend`; what is not newer than its last bucket is left out. */
export function append(trend, timeMs, values) {
  const last = trend.times[trend.times.length - 1] ?? -Infinity;
  if (timeMs < last) return trend;
  const sameBucket = timeMs < last + trend.bucketMs;
  for (const name of Object.keys(values))
    trend.channels[name] ??= blank(trend.times.length);
  if (!sameBucket) {
    trend.times.push(timeMs);
    for (const series of Object.values(trend.channels)) open(series);
  }
  for (const [name, value] of Object.entries(values))
    fold(trend.channels[name], value);
  dropOld(trend);
  return trend;
}
