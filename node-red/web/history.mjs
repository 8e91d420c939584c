/** A machine's trend: buckets from REST, then live values folded in behind them. Pure. */

// A silence is what lasts three times as long as this machine takes from reading to reading.
const GAP_STEPS = 3;
const KEYS = ["min", "mean", "max", "counts"];

/** An empty trend over `spanMs` with buckets of `bucketMs`; a silence above `gapMs` breaks it. */
export function emptyTrend({ spanMs, bucketMs, gapMs }) {
  return { spanMs, bucketMs, gapMs, times: [], channels: {} };
}

function usualStepMs(times) {
  const steps = times.slice(1).map((time, at) => time - times[at]);
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
}

/** The gateway's history answer as a trend that can grow; `periodMs` is how often it measures now. */
export function trendFrom(answer, { spanMs, staleMs, periodMs }) {
  const { bucket_ms: bucketMs, time_ms: times } = answer;
  const stepMs = Math.max(bucketMs, usualStepMs(times));
  const gapMs = Math.max(GAP_STEPS * stepMs, staleMs);
  const trend = emptyTrend({ spanMs, bucketMs, gapMs });
  followRate(trend, periodMs);
  const channels = Object.entries(answer.channels);
  for (const [name] of channels) trend.channels[name] = blank(0);
  times.forEach((timeMs, at) => {
    openBucket(trend, timeMs);
    const place = trend.times.length - 1;
    for (const [name, { min, mean, max }] of channels) {
      const series = trend.channels[name];
      series.min[place] = min[at];
      series.mean[place] = mean[at];
      series.max[place] = max[at];
      series.counts[place] = answer.count[at];
    }
  });
  return trend;
}

function blank(length) {
  const nothing = () => new Array(length).fill(null);
  return { min: nothing(), mean: nothing(), max: nothing(), counts: nothing() };
}

function pushEmpty(trend, timeMs) {
  trend.times.push(timeMs);
  for (const series of Object.values(trend.channels))
    for (const key of KEYS) series[key].push(null);
}

/** After a silence an empty bucket comes first, so that no line is drawn where nothing was measured. */
function openBucket(trend, timeMs) {
  const last = trend.times[trend.times.length - 1];
  if (timeMs - last > trend.gapMs) pushEmpty(trend, last + trend.bucketMs);
  pushEmpty(trend, timeMs);
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
    for (const key of KEYS) series[key].splice(0, old);
}

/** A machine that has become slower is not silent in between its readings. */
export function followRate(trend, periodMs) {
  trend.gapMs = Math.max(trend.gapMs, GAP_STEPS * (periodMs ?? 0));
}

/** Whether a channel of `trend` has a reading at `sinceMs` or later. */
export function hasReadings(trend, name, sinceMs) {
  const means = trend.channels[name]?.mean ?? [];
  const newest = means.findLastIndex((mean) => mean != null);
  return newest >= 0 && trend.times[newest] >= sinceMs;
}

/** Folds one live reading into `trend`; what is not newer than its last bucket is left out. */
export function append(trend, timeMs, values) {
  const last = trend.times[trend.times.length - 1] ?? -Infinity;
  if (timeMs < last) return trend;
  const sameBucket = timeMs < last + trend.bucketMs;
  for (const name of Object.keys(values))
    trend.channels[name] ??= blank(trend.times.length);
  if (!sameBucket) openBucket(trend, timeMs);
  for (const [name, value] of Object.entries(values))
    fold(trend.channels[name], value);
  dropOld(trend);
  return trend;
}
