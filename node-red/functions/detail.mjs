/** What is new about the machine each browser looks at, sent to that browser alone. */

function detail(record) {
  return {
    kind: "device",
    device: record.id,
    status: record.state?.status ?? record.status ?? "unknown",
    heard_ms: record.heard_ms ?? null,
    birth: record.birth ?? null,
    state: record.state ?? null,
    diagnosis: record.diagnosis ?? null,
    alarms: Array.isArray(record.alarm?.open) ? record.alarm.open : [],
  };
}

export default function details(_msg, { flow }) {
  const devices = flow.get("devices");
  const messages = [];
  for (const [socketId, watcher] of flow.get("watchers") ?? []) {
    const record = devices?.get(watcher.device);
    if (!record || record.changes === watcher.sent) continue;
    watcher.sent = record.changes;
    messages.push({ payload: detail(record), _client: { socketId } });
  }
  return [messages];
}
