/** What is new about the machine each browser looks at, sent to that browser alone. */

/** Of a machine that has no reading what is retained is a diagnosis of a life before. */
function presentDiagnosis({ state, diagnosis }) {
  return state && !state.time_ms ? null : diagnosis;
}

/** The birth is the one the gateway accepted: the retained one may have been refused. */
function detail(record, known) {
  return {
    kind: "device",
    device: record.id,
    status: record.state?.status ?? record.status ?? "unknown",
    heard_ms: record.heard_ms ?? null,
    birth: known?.birth ?? null,
    birth_refused: known?.birth_refused ?? null,
    state: record.state ?? null,
    diagnosis: presentDiagnosis(record) ?? null,
    alarms: Array.isArray(record.alarm?.open) ? record.alarm.open : [],
  };
}

export default function details(_msg, { flow }) {
  const devices = flow.get("devices");
  const births = flow.get("births");
  const messages = [];
  for (const [socketId, watcher] of flow.get("watchers") ?? []) {
    const record = devices?.get(watcher.device);
    if (!record || record.changes === watcher.sent) continue;
    const known = births?.get(record.id);
    if (births && !known) continue;
    watcher.sent = record.changes;
    messages.push({ payload: detail(record, known), _client: { socketId } });
  }
  return [messages];
}
