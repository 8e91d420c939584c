/** The whole fleet as one short message: a row of fixed places for each device. */

const DEFAULT_STALE_AFTER_S = 5;
const SILENT_PERIODS = 3;
const STATE_PERIOD_S = 3; // the gateway publishes at least this often while readings arrive

function round(value, decimals) {
  return Number.isFinite(value) ? Number(value.toFixed(decimals)) : null;
}

function headlineValues(type, state) {
  return (type?.kpis ?? [])
    .filter((kpi) => kpi.headline)
    .map((kpi) => round(state?.kpis?.[kpi.name]?.value, kpi.decimals));
}

const MOST_FIGURES = 3;

/** The first numbers of a machine whose type has no figures of its own; else nothing. */
function plainValues(type, state) {
  if (type?.kpis?.some((kpi) => kpi.headline)) return [];
  return Object.entries(state?.values ?? {})
    .filter(([, value]) => Number.isFinite(value))
    .slice(0, MOST_FIGURES)
    .map(([name, value]) => [name, round(value, 3)]);
}

/** The name of what it does, by the first state that its type has. */
function stateName(type, state) {
  const name = state?.values?.[type?.states?.[0]?.name];
  return typeof name === "string" ? name : "";
}

/** A machine is silent after three of its own periods: one that measures rarely is heard rarely. */
function isFresh(record, type, nowMs) {
  const ownS = (SILENT_PERIODS * (record.state?.period_ms ?? 0)) / 1000;
  const usualS = type?.stale_after_s ?? DEFAULT_STALE_AFTER_S;
  const allowedS = Math.max(usualS, ownS) + STATE_PERIOD_S;
  return (
    record.state?.fresh === true && nowMs - record.heard_ms < allowedS * 1000
  );
}

function openAlarms(record) {
  const open = record.alarm?.open;
  return Array.isArray(open)
    ? open.filter((alarm) => !isSuppressed(alarm)).length
    : (record.state?.open_alarms ?? 0);
}

/** While its machine is in maintenance an alarm is kept, and asks for nobody. */
function isSuppressed({ suppressed_ms: sinceMs }) {
  return Number.isFinite(sinceMs);
}

const GATEWAY = "gateway"; // in whose name its own alarms are told
const RANKS = ["None", "Low", "Medium", "High", "Critical"];

/** Open alarms that ask for somebody: one on the shelf does not until its time. */
function asking(record, nowMs) {
  const all = Array.isArray(record.alarm?.open) ? record.alarm.open : [];
  return all.filter(
    (alarm) => !(alarm.shelved_until_ms > nowMs) && !isSuppressed(alarm),
  );
}

/** The finding that it tells of: its own name may be that of a lesser one, which came first. */
function causeOf({ cause, name }) {
  return cause || name;
}

function rankOf({ severity }) {
  return Math.max(0, RANKS.indexOf(severity));
}

/** The worst of some alarms, of equal ones the oldest; and the one that came last. */
function worstAndNewest([first, ...others]) {
  if (!first) return { worst: 0 };
  const isWorse = (one, other) =>
    rankOf(one) - rankOf(other) || other.raised_ms - one.raised_ms;
  const pick = (test) =>
    others.reduce((a, b) => (test(b, a) > 0 ? b : a), first);
  const top = pick(isWorse);
  const newest = pick((one, other) => one.id - other.id);
  return {
    worst: rankOf(top),
    top: [causeOf(top), top.raised_ms],
    newest: [newest.id, causeOf(newest), rankOf(newest)],
  };
}

/** Channels of the type that are set aside; one that the type has not is no trouble. */
function asideCount(state) {
  return Object.values(state?.troubles ?? {}).filter(
    ({ reason }) => reason !== "unknown_channel",
  ).length;
}

/** When the newest reading was measured, by the gateway's clock where the board's is off. */
function seenMs(state) {
  if (!state?.time_ms) return null; // 0 of a device that has no reading yet
  const { clock } = state;
  return state.time_ms + (clock && !clock.corrected ? clock.offset_ms : 0);
}

/** Why a machine cannot be judged now, as a sentence; nothing where it can. */
function whyUnjudged({ state, diagnosis }) {
  if (state?.not_judged) return state.not_judged;
  return diagnosis?.fault === "not_judged"
    ? diagnosis.advice || diagnosis.fault_label || "Not judged."
    : "";
}

function ownAlarms(devices) {
  const open = devices?.get(GATEWAY)?.alarm?.open;
  return (Array.isArray(open) ? open : []).map(({ name, severity, text }) => ({
    name,
    severity,
    text,
  }));
}

/** Of a machine that has no reading what is retained is a diagnosis of a life before. */
function presentDiagnosis({ state, diagnosis }) {
  return state && !state.time_ms ? null : diagnosis;
}

/** What few machines have, by name; nothing where there is nothing of it. */
function more(fields) {
  const there = Object.entries(fields).filter(([, value]) => value);
  return there.length ? [Object.fromEntries(there)] : [];
}

function row(record, known, { catalogue, nowMs }) {
  const { state } = record;
  const diagnosis = presentDiagnosis(record);
  const birth = known?.birth;
  const asset = state?.asset ?? known?.asset ?? "";
  const type = catalogue?.get(asset);
  const why = whyUnjudged(record);
  const { worst, top, newest } = worstAndNewest(asking(record, nowMs));
  return [
    record.id,
    asset,
    known?.place || birth?.location || "",
    state?.status ?? record.status ?? "unknown",
    isFresh(record, type, nowMs) ? 1 : 0,
    diagnosis?.fault ?? "",
    diagnosis?.fault_label ?? "",
    diagnosis?.severity ?? "",
    round(diagnosis?.confidence, 2),
    diagnosis?.stale ? 1 : 0,
    openAlarms(record),
    record.alarm?.event?.id ?? 0,
    seenMs(state),
    headlineValues(type, state),
    worst,
    asideCount(state),
    why ? 1 : 0,
    state?.period_ms ?? null,
    stateName(type, state),
    plainValues(type, state),
    state?.catalogue ?? "",
    ...more({
      why,
      since: why ? known?.first_seen_ms : 0, // what was before it nobody could judge
      name: known?.name,
      group: known?.group,
      photo: known?.photo,
      imported: known?.imported_ms,
      top,
      newest,
      stopped: state?.stopped ? 1 : 0,
      maintenance: state?.maintenance,
    }),
  ];
}

/**
 * The devices that the gateway knows. What the broker retains may be of a life before, from another
 * journal; it is all there is to show while the gateway has not said which it knows.
 */
function shown({ id, birth, state }, births) {
  return births ? births.has(id) && (birth || state) : state;
}

const GENERIC = "generic"; // of this type each machine is described by itself

/** Whether a machine is of a type that the catalogue has not: one that is new may have appeared. */
function isWanted(rows, catalogue) {
  return rows.some(
    ([, asset]) => asset && asset !== GENERIC && !catalogue?.has(asset),
  );
}

export default function snapshot(_msg, { flow }) {
  const nowMs = Date.now();
  const known = flow.get("devices");
  const births = flow.get("births");
  const devices = [...(known?.values() ?? [])].filter((record) =>
    shown(record, births),
  );
  const catalogue = flow.get("catalogue");
  const rows = devices.map((record) =>
    row(record, births?.get(record.id), { catalogue, nowMs }),
  );
  flow.set("catalogue_wanted", isWanted(rows, catalogue));
  return {
    payload: {
      kind: "fleet",
      now_ms: nowMs,
      rows,
      health: flow.get("health") ?? { asked: false, answers: false },
      broker: flow.get("broker") ?? "connecting",
      own_alarms: ownAlarms(known),
    },
  };
}
