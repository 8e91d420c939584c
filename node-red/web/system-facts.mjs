/** What the gateway runs with, as lines of cards: room, clock, work, versions, refusals. Pure. */

import { reasonText } from "./delivery-view.mjs";
import { ago, brief, clock, percent } from "./format.mjs";
import { exactly } from "./troubles.mjs";

const UNITS = ["B", "kB", "MB", "GB", "TB"];
const STEP = 1000;
const TIGHT = 0.1; // of a disk: what is less wants somebody
const QUEUE_LONG = 1000;

/** Bytes in the unit that suits them. */
export function bytesText(bytes) {
  if (!Number.isFinite(bytes)) return "–";
  const power = bytes < STEP ? 0 : Math.floor(Math.log10(bytes) / 3);
  const place = Math.min(UNITS.length - 1, power);
  return `${brief(bytes / STEP ** place)} ${UNITS[place]}`;
}

const count = (value) => brief(value ?? NaN);

function diskLines({ journal, reserve, free, total }) {
  const share = total > 0 ? free / total : 0;
  const isTight = share < TIGHT;
  return [
    { name: "Journal", text: bytesText(journal) },
    {
      name: "Free on its disk",
      text: `${bytesText(free)} of ${bytesText(total)}`,
      note: `${percent(share)} free${isTight ? ": make room" : ""}`,
      severity: isTight ? "sev-medium" : "",
    },
    {
      name: "Reserve",
      text: reserve ? bytesText(reserve) : "used up",
      note: reserve
        ? "a file that gives way to the journal on a full disk"
        : "make room: the disk is as good as full",
      severity: reserve ? "" : "sev-high",
    },
  ];
}

function keptLines(kept, nowMs) {
  const days = (value) => `${brief(value)} days`;
  const oldest = kept.oldest_reading_ms;
  return [
    {
      name: "Readings",
      text: days(kept.reading_days),
      note: oldest ? `the oldest is of ${clock(oldest, nowMs)}` : "none yet",
    },
    { name: "Sums of minutes", text: days(kept.minute_days) },
    { name: "Sums of hours and days", text: "for good" },
    { name: "Alarms that are over", text: days(kept.alarm_days) },
  ];
}

function offsetText({ offset_ms: offset, within_ms: within }) {
  const side = offset > 0 ? "ahead of" : "behind";
  return Math.abs(offset) <= within
    ? "as the boards"
    : `${exactly(Math.abs(offset))} ${side} the boards`;
}

function clockLines(at, { clock: part } = {}) {
  const isKnown = Number.isFinite(at.offset_ms);
  const of = at.boards === 1 ? "1 board" : `${at.boards} boards`;
  return [
    {
      name: "Time of the site",
      text: clock(at.now_ms, at.now_ms),
      note: at.time_zone,
    },
    {
      name: "Beside boards",
      text: isKnown ? offsetText(at) : "not known",
      note: isKnown
        ? `to within ${exactly(at.within_ms)}, by ${of}`
        : "no board with a clock was heard in the last minute",
      severity: part && part.status !== "ok" ? "sev-high" : "",
    },
  ];
}

function workLines(work) {
  const isLong = work.queue > QUEUE_LONG;
  return [
    {
      name: "Waiting to be stored",
      text: `${count(work.queue)} messages`,
      note: isLong ? "more comes than can be stored at once" : "",
      severity: isLong ? "sev-medium" : "",
    },
    {
      name: "Readings stored",
      text: count(work.readings_stored),
      note: "since its start",
    },
    {
      name: "Came again",
      text: count(work.duplicates),
      note: "and were counted once",
    },
    {
      name: "Lost on the way in",
      text: count(work.dropped),
      note: "messages of QoS 0, which nobody keeps",
      severity: work.dropped ? "sev-medium" : "",
    },
    { name: "Judgements", text: count(work.diagnoses) },
  ];
}

function modelNote({ trained_at: trained, macro_f1: score, verdicts }, nowMs) {
  if (!trained) return undefined;
  const when = `trained ${ago(Date.parse(trained), nowMs)}, macro-F1 ${brief(score)}`;
  return verdicts ? `${when}, of ${count(verdicts)} verdicts too` : when;
}

function modelLine([asset, told], nowMs) {
  const { status, model, detail } = told;
  return {
    name: `Model of ${asset}`,
    text: model ?? status,
    note: detail ?? modelNote(told, nowMs),
    severity: status === "ok" ? "" : "sev-medium",
  };
}

function versionLines(
  { gateway, inference, models, boards },
  dashboard,
  nowMs,
) {
  return [
    { name: "Gateway", text: gateway },
    { name: "Inference", text: inference ?? "does not answer" },
    ...Object.entries(dashboard).map(([name, text]) => ({ name, text })),
    ...Object.entries(models).map((each) => modelLine(each, nowMs)),
    ...Object.entries(boards).map(([version, number]) => ({
      name: `Program of ${number} ${number === 1 ? "board" : "boards"}`,
      text: version,
    })),
  ];
}

function refusedLines(
  { by_reason: reasons, kept, kept_bytes: size, newest_ms: newest },
  nowMs,
) {
  const lines = Object.entries(reasons).map(([reason, number]) => ({
    name: reasonText(reason),
    text: count(number),
  }));
  return [
    ...lines,
    {
      name: "Kept to look at",
      text: `${count(kept)} (${bytesText(size)})`,
      note: newest
        ? `the newest came ${ago(newest, nowMs)}`
        : "nothing was refused",
    },
  ];
}

function budgetLines({ readings_per_s: rate, mb_a_day: size, over }) {
  const devices = Object.entries(over).map(([name, number]) => ({
    name,
    text: `${count(number)} turned away`,
    severity: "sev-medium",
  }));
  return [
    { name: "A board may send", text: `${brief(rate)} readings a second` },
    { name: "and a day", text: `${brief(size)} MB` },
    ...(devices.length ? devices : [{ name: "Boards over it", text: "none" }]),
  ];
}

/** One card each: {title, lines: [{name, text, note, severity}]}. */
export function systemCards(system, { dashboard = {}, health = {} } = {}) {
  const nowMs = system.clock.now_ms;
  return [
    { title: "Disk", lines: diskLines(system.disk) },
    { title: "What is kept", lines: keptLines(system.kept, nowMs) },
    { title: "Clock", lines: clockLines(system.clock, health.dependencies) },
    { title: "Work", lines: workLines(system.work) },
    {
      title: "Versions",
      lines: versionLines(system.versions, dashboard, nowMs),
    },
    { title: "Budgets of boards", lines: budgetLines(system.budgets) },
    { title: "Refused", lines: refusedLines(system.refused, nowMs) },
  ];
}
