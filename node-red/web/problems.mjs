/** What header and banner say of the software: each part that does not serve as a sentence. Pure. */

import { clock, severityRank } from "./format.mjs";
import { locale } from "./language.mjs";

// A "serious" problem stops what a person came for, a "lesser" one nothing but its own part. A
// "notice" and an "information" tell what was, and degrade nothing: in /health it is "ok".
const ORDER = ["serious", "lesser", "notice", "information"];

const UNREACHABLE = {
  name: "dashboard",
  level: "serious",
  text: "The connection to the dashboard is lost: what you see is no longer live. Trying again.",
};

const TITLES = {
  broker: "The broker",
  clock: "The gateway's clock",
  journal: "The journal",
  archive: "The archive",
  inference: "The inference service",
  influxdb: "InfluxDB",
  kafka: "Kafka",
  people: "Telling people of alarms",
};
const MEANS = {
  broker: "Live values stand still.",
  clock: "Nothing is deleted or refused for its age until it is right again.",
  journal: "Readings are not acknowledged; devices keep them.",
  archive: "What is not in a file stays in the journal.",
  inference: "Telemetry goes on; diagnoses are stale.",
  influxdb: "Nothing is lost: rows wait in the journal.",
  kafka: "Nothing is lost: rows wait in the journal.",
  people: "Alarms stand here as ever; what could not be told waits.",
};

function gatewayProblem(health, nowMs) {
  if (!health.asked || health.answers) return [];
  const since = Number.isFinite(health.since_ms)
    ? ` since ${clock(health.since_ms, nowMs)}`
    : "";
  return [
    {
      name: "gateway",
      level: "serious",
      text:
        `The gateway has not answered${since}. History, alarms and commands are not available; ` +
        "devices keep their readings until it is back.",
    },
  ];
}

// Only what keeps readings or judgements away is serious.
const LESSER = new Set(["archive", "influxdb", "kafka", "people"]);

/** The clock's detail is a sentence of its own. */
function clockProblem({ detail }) {
  const parts = [`${TITLES.clock} is in doubt.`, detail, MEANS.clock];
  return {
    name: "clock",
    level: "lesser",
    text: parts.filter(Boolean).join(" "),
  };
}

function dependencyProblem([name, { status, detail, behind }]) {
  const waiting =
    behind > 0 ? ` ${behind.toLocaleString(locale)} rows are waiting.` : "";
  const said = detail ? ` (${detail.replace(/\.$/, "")})` : "";
  return {
    name,
    level: LESSER.has(name) ? "lesser" : "serious",
    text: `${TITLES[name] ?? name} is ${status}${said}. ${MEANS[name] ?? ""}${waiting}`.trim(),
  };
}

const RECENT_MS = 300_000;
const HIGH = severityRank("High");

function downProblem({ name }) {
  return {
    name: `process-${name}`,
    level: "serious",
    text: `The process ${name} has ended; the supervisor keeps starting it again. Its log says why.`,
  };
}

/** One line for all: a machine that was suspended starts every process again at once. */
function restartProblems(processes, nowMs) {
  if (processes.length === 0) return [];
  const ended = processes
    .sort((a, b) => a.last_exit_ms - b.last_exit_ms)
    .map((process) => `${process.name} (${clock(process.last_exit_ms, nowMs)})`)
    .join(", ");
  const text =
    processes.length === 1
      ? `The process ${ended} ended and was started again.`
      : `The processes ${ended} ended and were started again.`;
  return [{ name: "restarted", level: "information", text }];
}

function processProblems({ answers, processes = [] }, nowMs) {
  if (!answers) return [];
  const recent = processes.filter(
    (process) =>
      !process.down &&
      process.last_exit_ms !== null &&
      nowMs - process.last_exit_ms < RECENT_MS,
  );
  return [
    ...processes.filter(({ down }) => down).map(downProblem),
    ...restartProblems(recent, nowMs),
  ];
}

function ownBrokerProblem(broker, health) {
  const reported =
    health.answers && health.dependencies?.broker?.status === "down";
  if (broker !== "down" || reported) return [];
  return [
    {
      name: "broker",
      level: "serious",
      text: `The broker does not answer. ${MEANS.broker}`,
    },
  ];
}

// The dependency in whose sentence an alarm of the gateway's own is told already, while it is down.
const TOLD_BY = { journal_not_writable: "journal", clock_in_doubt: "clock" };

/** The gateway's own alarms: no machine's page shows them. What /health is "ok" with is over. */
function ownAlarmProblems(alarms, down, health) {
  const told = new Set(down.map(({ name }) => name));
  const isOver = health.answers && health.status === "ok";
  const levelOf = (severity) =>
    severityRank(severity) >= HIGH ? "serious" : "lesser";
  return alarms
    .filter(({ name }) => !told.has(TOLD_BY[name]))
    .map(({ name, severity, text }) => ({
      name,
      level: isOver ? "notice" : levelOf(severity),
      text,
    }));
}

function staleProblem(devices, health) {
  if (!health.answers || health.dependencies?.inference?.status === "down")
    return [];
  const online = devices.filter(
    (device) => device.status === "online" && device.fresh && !device.unjudged,
  );
  const stale = online.filter((device) => device.stale).length;
  if (stale === 0) return [];
  return [
    {
      name: "diagnosis",
      level: "information",
      text: `The diagnosis is stale on ${stale} of ${online.length} machines that report.`,
    },
  ];
}

/** A mistake in the file of shifts keeps nothing away but the shifts. */
function shiftsProblem({ answers, shifts_error: detail }) {
  if (!answers || !detail) return [];
  return [
    {
      name: "shifts",
      level: "notice",
      text: `There are no shifts: ${detail}`,
    },
  ];
}

/** Files of types that cannot be used: what was read of them before goes on. */
function assetsProblems({ answers, assets_error: details }) {
  if (!answers) return [];
  return (details ?? []).map((detail) => ({
    name: "assets",
    level: "notice",
    text: `A file of a type cannot be used: ${detail}`,
  }));
}

/** Everything there is to say now, the serious first. */
export function findProblems({
  connected = true,
  health,
  broker,
  devices,
  nowMs,
  ownAlarms = [],
}) {
  if (!connected) return [UNREACHABLE];
  const down = Object.entries(health.answers ? (health.dependencies ?? {}) : {})
    .filter(([, dependency]) => !["ok", "off"].includes(dependency?.status))
    .map((entry) =>
      entry[0] === "clock" ? clockProblem(entry[1]) : dependencyProblem(entry),
    );
  return [
    ...gatewayProblem(health, nowMs),
    ...ownBrokerProblem(broker, health),
    ...down,
    ...ownAlarmProblems(ownAlarms, down, health),
    ...staleProblem(devices, health),
    ...processProblems(health, nowMs),
    ...shiftsProblem(health),
    ...assetsProblems(health),
  ].sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
}

// Without these readings are not stored, or nobody sees them.
const VITAL = new Set(["dashboard", "gateway", "broker", "journal"]);

/** "works" where /health says "ok", else "degraded"; "down" while readings are not stored or seen. */
export function systemState(live) {
  const problems = findProblems(live);
  const isThere = (level) => problems.some((one) => one.level === level);
  const isVital = ({ name, level }) => level === "serious" && VITAL.has(name);
  if (problems.some(isVital)) return "down";
  const isDegraded =
    isThere("serious") ||
    isThere("lesser") ||
    live.health.status === "degraded";
  return isDegraded ? "degraded" : "works";
}

const LOOKS = {
  works: "sev-none",
  degraded: "sev-medium",
  down: "sev-high",
};

/** How the software does, in a word for the header: {state, severity}. */
export function softwareView(live) {
  const state = systemState(live);
  return { state, severity: LOOKS[state] };
}
