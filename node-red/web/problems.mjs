/** What the banner says: each part that does not serve, as a sentence. Pure. */

import { clock } from "./format.mjs";

const TITLES = {
  broker: "The broker",
  journal: "The journal",
  inference: "The inference service",
  influxdb: "InfluxDB",
};
const MEANS = {
  broker: "Live values stand still.",
  journal: "Readings are not acknowledged; devices keep them.",
  inference: "Telemetry goes on; diagnoses are stale.",
  influxdb: "Nothing is lost: rows wait in the journal.",
};

function gatewayProblem(health, nowMs) {
  if (!health.asked || health.answers) return [];
  const since = Number.isFinite(health.since_ms)
    ? ` since ${clock(health.since_ms, nowMs)}`
    : "";
  return [
    {
      name: "gateway",
      serious: true,
      text:
        `The gateway has not answered${since}. History, alarms and commands are not available; ` +
        "devices keep their readings until it is back.",
    },
  ];
}

function dependencyProblem([name, { status, detail, behind }]) {
  const waiting =
    behind > 0 ? ` ${behind.toLocaleString("en-GB")} rows are waiting.` : "";
  const said = detail ? ` (${detail})` : "";
  return {
    name,
    serious: name !== "influxdb",
    text: `${TITLES[name] ?? name} is ${status}${said}. ${MEANS[name] ?? ""}${waiting}`.trim(),
  };
}

const DEAD = ["EXITED", "BACKOFF", "FATAL"];
const RECENT_MS = 300_000;

function deadProblem({ name }) {
  return {
    name: `process-${name}`,
    serious: true,
    text: `The process ${name} does not stay up; the supervisor keeps trying. Its log says why.`,
  };
}

/** One line for all: a machine that was suspended starts every process again at once. */
function restartProblems(processes, nowMs) {
  if (processes.length === 0) return [];
  const names = processes.map(({ name }) => name).join(", ");
  const last = Math.max(...processes.map(({ last_exit_ms: exitMs }) => exitMs));
  const [what, were] =
    processes.length === 1 ? ["process", "was"] : ["processes", "were"];
  const text = `The ${what} ${names} ended at ${clock(last, nowMs)} and ${were} started again.`;
  return [{ name: "restarted", serious: false, text }];
}

function processProblems({ answers, processes = [] }, nowMs) {
  if (!answers) return [];
  const dead = processes.filter(({ state }) => DEAD.includes(state));
  const recent = processes.filter(
    ({ state, last_exit_ms: exitMs }) =>
      !DEAD.includes(state) && exitMs !== null && nowMs - exitMs < RECENT_MS,
  );
  return [...dead.map(deadProblem), ...restartProblems(recent, nowMs)];
}

function ownBrokerProblem(broker, health) {
  const reported =
    health.answers && health.dependencies?.broker?.status === "down";
  if (broker !== "down" || reported) return [];
  return [
    {
      name: "broker",
      serious: true,
      text: `The broker does not answer. ${MEANS.broker}`,
    },
  ];
}

function staleProblem(devices, health) {
  if (!health.answers || health.dependencies?.inference?.status === "down")
    return [];
  const online = devices.filter(
    (device) => device.status === "online" && device.fresh,
  );
  const stale = online.filter((device) => device.stale).length;
  if (stale === 0) return [];
  return [
    {
      name: "diagnosis",
      serious: false,
      text: `The diagnosis is stale on ${stale} of ${online.length} machines that report.`,
    },
  ];
}

/** Everything degraded now, the serious first. */
export function findProblems({ health, broker, devices, nowMs }) {
  const down = Object.entries(health.answers ? (health.dependencies ?? {}) : {})
    .filter(([, dependency]) => !["ok", "off"].includes(dependency?.status))
    .map(dependencyProblem);
  return [
    ...gatewayProblem(health, nowMs),
    ...ownBrokerProblem(broker, health),
    ...down,
    ...staleProblem(devices, health),
    ...processProblems(health, nowMs),
  ].sort((a, b) => Number(b.serious) - Number(a.serious));
}
