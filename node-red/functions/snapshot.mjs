/** The whole fleet as one short message: a row of fixed places for each device. */

const DEFAULT_STALE_AFTER_S = 5;
const STATE_PERIOD_S = 3; // the gateway publishes at least this often while readings arrive

function round(value, decimals) {
  return Number.isFinite(value) ? Number(value.toFixed(decimals)) : null;
}

function headlineValues(type, state) {
  return (type?.kpis ?? [])
    .filter((kpi) => kpi.headline)
    .map((kpi) => round(state?.kpis?.[kpi.name]?.value, kpi.decimals));
}

function isFresh(record, type, nowMs) {
  const allowedS =
    (type?.stale_after_s ?? DEFAULT_STALE_AFTER_S) + STATE_PERIOD_S;
  return (
    record.state?.fresh === true && nowMs - record.heard_ms < allowedS * 1000
  );
}

function openAlarms(record) {
  const open = record.alarm?.open;
  return Array.isArray(open) ? open.length : (record.state?.open_alarms ?? 0);
}

function row(record, catalogue, nowMs) {
  const { birth, state, diagnosis } = record;
  const asset = state?.asset ?? birth?.asset ?? "";
  const type = catalogue?.get(asset);
  return [
    record.id,
    asset,
    birth?.location ?? "",
    state?.status ?? record.status ?? "unknown",
    isFresh(record, type, nowMs) ? 1 : 0,
    diagnosis?.fault ?? "",
    diagnosis?.fault_label ?? "",
    diagnosis?.severity ?? "",
    round(diagnosis?.confidence, 2),
    diagnosis?.stale ? 1 : 0,
    openAlarms(record),
    record.alarm?.event?.id ?? 0,
    state?.time_ms || null, // 0 of a device that has no reading yet
    headlineValues(type, state),
  ];
}

export default function snapshot(_msg, { flow }) {
  const nowMs = Date.now();
  const devices = [...(flow.get("devices")?.values() ?? [])].filter(
    ({ birth, state }) => birth || state,
  );
  const catalogue = flow.get("catalogue");
  return {
    payload: {
      kind: "fleet",
      now_ms: nowMs,
      rows: devices.map((record) => row(record, catalogue, nowMs)),
      health: flow.get("health") ?? { asked: false, answers: false },
      broker: flow.get("broker") ?? "connecting",
    },
  };
}
