/** A point of time that a person looks at: what a trend shows there. Pure. */

/** The time under `x` of a sheet that begins at `left` and is `width` wide; null: beside it. */
export function timeUnder(x, { left, width }, { fromMs, toMs }) {
  const share = (x - left) / width;
  return share >= 0 && share <= 1 ? fromMs + share * (toMs - fromMs) : null;
}

/** The last place in ascending `times` that is not after `timeMs`; -1: all are. */
export function placeAt(times, timeMs) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** What `trend` has of a channel at a moment: {min, mean, max}, or null in a gap. */
export function pointAt(trend, name, timeMs) {
  const series = trend.channels[name];
  const at = placeAt(trend.times, timeMs);
  if (!series || at < 0 || timeMs - trend.times[at] > trend.gapMs) return null;
  const mean = series.mean[at];
  return mean == null
    ? null
    : { min: series.min[at], mean, max: series.max[at] };
}

const STEPS = 60;

/** Where a key moves the cursor to; undefined: that key does not. */
export function movedBy(key, cursorMs, { fromMs, toMs }) {
  const stepMs = (toMs - fromMs) / STEPS;
  const from = cursorMs ?? toMs;
  const keys = {
    ArrowLeft: Math.max(fromMs, from - stepMs),
    ArrowRight: Math.min(toMs, from + stepMs),
    Home: fromMs,
    End: toMs,
    Escape: null,
  };
  return keys[key];
}
