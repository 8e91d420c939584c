/** What the page of the software says: each part, its state, and what to do about it. Pure. */

import { ago, clock, duration, wordsOf } from "./format.mjs";
import { locale } from "./language.mjs";

const PARTS = {
  broker: {
    title: "Broker",
    purpose: "Carries what boards send.",
    todo: "Look whether its process runs and its port is free: its log says why not.",
  },
  journal: {
    title: "Journal",
    purpose: "Keeps every reading.",
    todo: "Make room on the disk, or see the log of the gateway: boards keep their readings until then.",
  },
  archive: {
    title: "Archive",
    purpose: "Keeps readings of closed days as files.",
    todo: "Put a file that is named back from a backup, or make room; what is not in a file stays in the journal.",
  },
  inference: {
    title: "Inference",
    purpose: "Judges machines.",
    todo: "Start it again, or train the model that lacks; readings go on being stored.",
  },
  influxdb: {
    title: "InfluxDB",
    purpose: "Has a copy for other programs.",
    todo: "Start it, or mend its address and token; rows wait in the journal and are sent then.",
  },
  kafka: {
    title: "Kafka",
    purpose: "Hands on to other programs what comes.",
    todo: "Start it, or mend its address, login or topics; rows wait in the journal and are sent then.",
  },
  people: {
    title: "Telling people",
    purpose: "Sends alarms by mail, phone or web hook.",
    todo: "Mend people.toml or the server it names; what waits is told then.",
  },
  clock: {
    title: "Clock",
    purpose: "Dates readings whose board has no time.",
    todo: "Set the clock of the gateway's computer, or let it find a time server.",
  },
};

const STATES = {
  ok: { text: "Works", severity: "sev-none" },
  off: { text: "Not used", severity: "sev-quiet" },
  down: { text: "Down", severity: "sev-high" },
};

function waiting(behind) {
  return behind > 0 ? `${behind.toLocaleString(locale)} rows wait` : "";
}

/** One line for each part that the gateway needs or feeds; those that do not serve come first. */
export function partLines({ dependencies = {} }, nowMs) {
  return Object.entries(dependencies)
    .map(([name, { status, detail, since_ms, behind }]) => ({
      name,
      title: PARTS[name]?.title ?? name,
      ...(STATES[status] ?? STATES.down),
      since: `since ${clock(since_ms, nowMs)}`,
      detail: [detail?.replace(/\.$/, ""), waiting(behind)]
        .filter(Boolean)
        .join("; "),
      todo:
        status === "ok" || status === "off"
          ? PARTS[name]?.purpose
          : PARTS[name]?.todo,
      isDown: !["ok", "off"].includes(status),
    }))
    .sort((a, b) => b.isDown - a.isDown);
}

/** The gateway itself, where it does not answer: it cannot say so. */
export function gatewayLine(
  { asked, answers, since_ms, version, uptime_s },
  nowMs,
) {
  const base = { name: "gateway", title: "Gateway" };
  if (!asked) return { ...base, text: "Not known", severity: "sev-quiet" };
  if (answers)
    return {
      ...base,
      ...STATES.ok,
      since: `for ${duration(uptime_s * 1000)}`,
      detail: `version ${version}`,
      todo: "Stores, reckons and answers.",
    };
  return {
    ...base,
    ...STATES.down,
    since: `since ${clock(since_ms, nowMs)}`,
    detail: "It does not answer the dashboard.",
    todo: "Look whether its process runs: its log says why not. Boards keep their readings until it is back.",
    isDown: true,
  };
}

function restarts({ restarts: count, last_exit_ms: endedMs }, nowMs) {
  if (!count) return "never ended";
  const times = count === 1 ? "once" : `${count} times`;
  const last = endedMs ? `, last ${ago(endedMs, nowMs)}` : "";
  return `started again ${times}${last}`;
}

/** One line for each process that a supervisor looks after. */
export function processLines(processes = [], nowMs) {
  return processes.map((process) => ({
    name: process.name,
    text: process.down
      ? "Down"
      : process.state === "RUNNING"
        ? "Runs"
        : process.state.toLowerCase(),
    severity: process.down ? "sev-high" : "sev-none",
    note: restarts(process, nowMs),
  }));
}

/** What somebody did, in words: an entry's `what` is a name. */
export function deedText(what) {
  return wordsOf(what);
}

/** What there is to choose from: what the entries are about, in order of their words. */
export function deedsOf(entries, chosen) {
  const names = new Set(entries.map(({ what }) => what));
  if (chosen) names.add(chosen);
  return [...names]
    .map((value) => ({ value, text: deedText(value) }))
    .sort((a, b) => a.text.localeCompare(b.text, "en"));
}
