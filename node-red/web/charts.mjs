/** Options for the charts, and the one place that loads ECharts. */

import { ticks } from "./episodes.mjs";
import { tickText } from "./site-time.mjs";

const SCRIPT = "/app/echarts.js";
const INK = {
  text: "#8fa1b8",
  line: "#223044",
  accent: "#38bdf8",
  band: "#38bdf8",
};
const FONT = "Inter, system-ui, sans-serif";
export const PALETTE = [
  "#38bdf8",
  "#a78bfa",
  "#34d399",
  "#fbbf24",
  "#f472b6",
  "#fb923c",
  "#22d3ee",
  "#a3e635",
  "#94a3b8",
];

let loading = null;

/** ECharts, fetched once from this server when the first chart needs it. */
export function loadEcharts() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.onload = () => resolve(window.echarts);
    script.onerror = () =>
      reject(new Error("The chart library could not be loaded."));
    document.head.append(script);
  });
  return loading;
}

function axisLabel(extra = {}) {
  return {
    color: INK.text,
    fontFamily: FONT,
    fontSize: 11,
    hideOverlap: true,
    ...extra,
  };
}

function limitLine(limit) {
  return {
    yAxis: limit.at,
    lineStyle: { color: "#f97362", type: "dashed", width: 1, opacity: 0.8 },
    label: { show: false },
  };
}

function tooltip(formatter) {
  return {
    trigger: "axis",
    confine: true,
    renderMode: "richText", // text drawn on the canvas: nothing a device says becomes HTML
    backgroundColor: "#1b2636",
    borderColor: "#2c3d55",
    textStyle: { color: "#e8eef6", fontFamily: FONT, fontSize: 12 },
    axisPointer: { lineStyle: { color: "#44597a" } },
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

const MOST_TICKS = 5;

/** A span with the round times of the site's wall in it; a chart knows the browser's alone. */
function timeAxis(fromMs, toMs) {
  const customValues = ticks(fromMs, toMs, MOST_TICKS).map(({ at }) => at);
  return { min: fromMs, max: toMs, axisLabel: { customValues } };
}

/** The parts of a trend that change with every value: the window and three series. */
export function trendData(trend, name, nowMs) {
  const series = trend.channels[name];
  const pair = (value) => (time, at) => [time, value(at)];
  const at = (list) => (place) => list?.[place] ?? null;
  const spread = (place) =>
    series?.max[place] == null ? null : series.max[place] - series.min[place];
  return {
    xAxis: timeAxis(nowMs - trend.spanMs, nowMs),
    series: [
      { data: trend.times.map(pair(at(series?.min))) },
      { data: trend.times.map(pair(spread)) },
      { data: trend.times.map(dotted(series?.mean)) },
    ],
  };
}

/** A channel's trend: mean as a line, least and greatest as a band, the normal band behind. */
export function trendOption(channel, formatter) {
  const still = {
    symbol: "none",
    animation: false,
    silent: true,
    emphasis: { disabled: true },
  };
  const band = {
    type: "line",
    stack: "band",
    stackStrategy: "all",
    lineStyle: { opacity: 0 },
  };
  return {
    animation: false,
    grid: { left: 44, right: 10, top: 10, bottom: 22 },
    tooltip: tooltip(formatter),
    xAxis: {
      type: "time",
      axisLine: { lineStyle: { color: INK.line } },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: axisLabel({ formatter: tickText }),
    },
    yAxis: {
      type: "value",
      scale: true,
      splitNumber: 3,
      minInterval: 10 ** -(channel.decimals ?? 1),
      axisLabel: axisLabel(),
      splitLine: { lineStyle: { color: INK.line, opacity: 0.6 } },
    },
    series: [
      { ...still, ...band },
      { ...still, ...band, areaStyle: { color: INK.band, opacity: 0.16 } },
      {
        ...still,
        type: "line",
        lineStyle: { color: INK.accent, width: 1.6 },
        itemStyle: { color: INK.accent },
        markArea: {
          silent: true,
          itemStyle: { color: "#34d399", opacity: 0.05 },
          data: [[{ yAxis: channel.normal[0] }, { yAxis: channel.normal[1] }]],
        },
        markLine: {
          silent: true,
          symbol: "none",
          data: (channel.limits ?? []).map(limitLine),
        },
      },
    ],
  };
}

/** Stacked bars over time: `series` is a list of {name, values}. */
export function barsOption({ times, series, label, formatter, decimals }) {
  return {
    animation: false,
    color: PALETTE,
    grid: { left: 52, right: 12, top: 14, bottom: 26 },
    tooltip: tooltip(formatter),
    xAxis: {
      type: "category",
      data: times.map(label),
      axisLine: { lineStyle: { color: INK.line } },
      axisTick: { show: false },
      axisLabel: axisLabel(),
    },
    yAxis: {
      type: "value",
      min: 0,
      splitNumber: 4,
      axisLabel: axisLabel({
        formatter: (value) => value.toFixed(decimals(value)),
      }),
      splitLine: { lineStyle: { color: INK.line, opacity: 0.6 } },
    },
    series: series.map(({ name, values }) => ({
      name,
      type: "bar",
      stack: "all",
      barMaxWidth: 34,
      data: values,
      emphasis: { disabled: true },
    })),
  };
}
