/** Options for the charts, and the one place that loads ECharts. */

import { number } from "/app/format.mjs";
import { locale } from "/app/language.mjs";
import { momentOf, tickText, wallAt } from "/app/site-time.mjs";
import { painted } from "/app/theme.mjs";

// Where the sheets of trends and lanes begin and end, so that they share one axis of time.
export const TREND_LEFT = 48;
export const TREND_RIGHT = 8;
const FONT = "Inter, system-ui, sans-serif";
export const PALETTE = Array.from(
  { length: 9 },
  (_, at) => `var(--series-${at + 1})`,
);

/** ECharts, which the page has loaded with Dashboard. */
export function loadEcharts() {
  return import("/app/echarts.mjs");
}

function axisLabel(extra = {}) {
  return {
    color: painted("var(--muted)"),
    fontFamily: FONT,
    fontSize: 11,
    hideOverlap: true,
    ...extra,
  };
}

function limitLine(limit) {
  return {
    yAxis: limit.at,
    lineStyle: {
      color: painted("var(--high)"),
      type: "dashed",
      width: 1,
      opacity: 0.8,
    },
    label: { show: false },
  };
}

function tooltip(formatter) {
  return {
    trigger: "axis",
    confine: true,
    renderMode: "richText", // text drawn on the canvas: nothing a device says becomes HTML
    backgroundColor: painted("var(--raised)"),
    borderColor: painted("var(--line-strong)"),
    textStyle: {
      color: painted("var(--text)"),
      fontFamily: FONT,
      fontSize: 12,
    },
    axisPointer: { lineStyle: { color: painted("var(--muted)") } },
    formatter,
  };
}

/** A point between two silences is in no line: a dot shows it. */
function dotted(list = []) {
  return (time, at) => {
    const value = list[at] ?? null;
    const isAlone = list[at - 1] == null && list[at + 1] == null;
    if (value === null || !isAlone) return [time, value];
    return { value: [time, value], symbol: "circle", symbolSize: 4 };
  };
}

/** The three series of a channel that change with every value: least, spread and mean. */
function channelData(trend, name) {
  const series = trend.channels[name];
  const pair = (value) => (time, at) => [time, value(at)];
  const at = (list) => (place) => list?.[place] ?? null;
  const spread = (place) =>
    series?.max[place] == null ? null : series.max[place] - series.min[place];
  return [
    { data: trend.times.map(pair(at(series?.min))) },
    { data: trend.times.map(pair(spread)) },
    { data: trend.times.map(dotted(series?.mean)) },
  ];
}

/** The parts of a trend that change with every value: the window and its channels' series. */
export function trendData(trend, names, nowMs) {
  return {
    xAxis: { min: nowMs - trend.spanMs, max: nowMs },
    series: names.flatMap((name) => channelData(trend, name)),
  };
}

const STILL = {
  type: "line",
  symbol: "none",
  animation: false,
  silent: true,
  emphasis: { disabled: true },
};

/** What is set does not go on a line from one value to the next. */
function stepOf({ hold }) {
  return hold === "step" ? { step: "end" } : {};
}

function normalBand({ normal }, ink) {
  return {
    silent: true,
    itemStyle: { color: ink, opacity: 0.05 },
    data: [[{ yAxis: normal[0] }, { yAxis: normal[1] }]],
  };
}

/** A channel's mean as a line, its least and greatest as a band. */
function channelSeries(channel, { ink, isAlone }) {
  const band = {
    ...STILL,
    ...stepOf(channel),
    stack: channel.name,
    stackStrategy: "all",
    lineStyle: { opacity: 0 },
  };
  return [
    band,
    { ...band, areaStyle: { color: ink, opacity: 0.16 } },
    {
      ...STILL,
      ...stepOf(channel),
      lineStyle: { color: ink, width: 1.6 },
      itemStyle: { color: ink },
      markArea: isAlone
        ? normalBand(channel, painted("var(--none)"))
        : undefined,
      markLine: {
        silent: true,
        symbol: "none",
        data: (channel.limits ?? []).map(limitLine),
      },
    },
  ];
}

const SHORT = new Intl.NumberFormat(locale, {
  notation: "compact",
  maximumFractionDigits: 3,
});

/** The trends of channels that share a chart. The time stands below all charts, once. */
export function trendOption(channels, inks) {
  const decimals = Math.max(...channels.map((channel) => channel.decimals));
  const isAlone = channels.length === 1 && channels[0].normal;
  return {
    animation: false,
    grid: { left: TREND_LEFT, right: TREND_RIGHT, top: 8, bottom: 6 },
    xAxis: { type: "time", show: false },
    yAxis: {
      type: "value",
      scale: true,
      splitNumber: 2,
      minInterval: 10 ** -decimals,
      axisLabel: axisLabel({ formatter: (value) => SHORT.format(value) }),
      splitLine: { lineStyle: { color: painted("var(--line)"), opacity: 0.6 } },
    },
    series: channels.flatMap((channel, at) =>
      channelSeries(channel, { ink: painted(inks[at]), isAlone }),
    ),
  };
}

const BAR = { type: "bar", barMaxWidth: 34 };
const LINE = {
  type: "line",
  step: "end",
  symbol: "none",
  lineStyle: { width: 1.6 },
};

/**
 * Bars over time, stacked or beside each other (`isGrouped`), or a line in steps (`isLine`):
 * `series` is a list of {name, values}, in a line `isDashed` what is drawn as its dashed part;
 * `isNamed` says which times have a label, else some have; `notes` are the places of bars at which
 * something was noted.
 */
export function barsOption(chart) {
  const { times, series, label, formatter, decimals, isNamed, notes } = chart;
  const shape = chart.isLine ? LINE : BAR;
  const stack = chart.isGrouped || chart.isLine ? {} : { stack: "all" };
  return {
    animation: false,
    color: PALETTE.map(painted),
    grid: { left: 52, right: 12, top: 14, bottom: 26 },
    tooltip: tooltip(formatter),
    xAxis: {
      type: "category",
      data: times.map(label),
      axisLine: { lineStyle: { color: painted("var(--line)") } },
      axisTick: { show: false },
      axisLabel: axisLabel(
        isNamed ? { interval: (at) => isNamed(times[at]) } : {},
      ),
    },
    yAxis: {
      type: "value",
      min: 0,
      splitNumber: 4,
      axisLabel: axisLabel({
        formatter: (value) => number(value, decimals(value)),
      }),
      splitLine: { lineStyle: { color: painted("var(--line)"), opacity: 0.6 } },
    },
    series: series.map(({ name, values, isDashed }, at) => ({
      name,
      ...shape,
      ...stack,
      ...(isDashed ? dashed() : {}),
      data: values,
      ...(at === 0 ? noted(notes) : {}),
      emphasis: { disabled: true },
    })),
  };
}

function dashed() {
  const color = painted(PALETTE[0]);
  return { lineStyle: { ...LINE.lineStyle, color, type: "dashed" } };
}

/** Dashed lines at what people have noted, at these places of the axis of time. */
function noted(places = []) {
  if (!places.length) return {};
  const color = painted("var(--accent)");
  return {
    markLine: {
      silent: true,
      symbol: "none",
      label: { show: false },
      lineStyle: { color, type: "dashed", width: 1.5 },
      data: places.map((xAxis) => ({ xAxis })),
    },
  };
}

const SIGNS = 12; // on each line, so that it is told by more than its colour

function comparedLine(line, at, { hold, notes }) {
  const ink = painted(line.ink);
  const every = Math.max(1, Math.ceil(line.points.length / SIGNS));
  const first = Math.floor((at * every) / 3); // signs of lines that meet stand apart
  const isSigned = (index) => index % every === first % every;
  const isGap = (index) => (line.points[index]?.[1] ?? null) === null;
  const isAlone = (index) => isGap(index - 1) && isGap(index + 1);
  return {
    type: "line",
    name: [line.name, line.when].filter(Boolean).join(", "),
    data: line.points,
    ...stepOf({ hold }),
    symbol: line.symbol,
    showAllSymbol: true,
    symbolSize: (_, { dataIndex: index }) =>
      isSigned(index) || isAlone(index) ? 7 : 0,
    lineStyle: {
      color: ink,
      width: 1.6,
      type: line.isBefore ? "dashed" : "solid",
    },
    itemStyle: { color: ink },
    emphasis: { disabled: true },
    ...(at === 0 ? noted(notes.map(wallAt)) : {}),
  };
}

/** Lines by the clock on the wall, {name, when, ink, symbol, isBefore, points}, over a window. */
export function linesOption({
  lines,
  window,
  hold,
  notes,
  decimals,
  formatter,
}) {
  const line = painted("var(--line)");
  return {
    animation: false,
    useUTC: true, // a time on the wall is told as if it were UTC's
    grid: { left: 52, right: 12, top: 14, bottom: 26 },
    tooltip: tooltip(formatter),
    xAxis: {
      type: "time",
      min: wallAt(window.fromMs),
      max: wallAt(window.toMs),
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
      axisLabel: axisLabel({ formatter: (wall) => tickText(momentOf(wall)) }),
    },
    yAxis: {
      type: "value",
      scale: true,
      splitNumber: 4,
      minInterval: 10 ** -decimals,
      axisLabel: axisLabel({ formatter: (value) => SHORT.format(value) }),
      splitLine: { lineStyle: { color: line, opacity: 0.6 } },
    },
    series: lines.map((each, at) => comparedLine(each, at, { hold, notes })),
  };
}
