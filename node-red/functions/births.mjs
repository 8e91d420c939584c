/** The devices the gateway knows, by id, with the births it accepted; a new one is shown at once. */

function lookAgain(flow, before, births) {
  for (const watcher of (flow.get("watchers") ?? new Map()).values()) {
    const [then, now] = [before, births].map((known) =>
      JSON.stringify(known?.get(watcher.device)),
    );
    if (then !== now) watcher.sent = -1;
  }
}

export default function births(msg, { flow }) {
  const asked = flow.get("births_times")?.asked ?? 0;
  flow.set("births_times", { asked, answered: Math.max(Date.now(), asked) });
  if (msg.statusCode !== 200 || !Array.isArray(msg.payload)) return null;
  const known = new Map(msg.payload.map((entry) => [entry.device, entry]));
  const before = flow.get("births");
  lookAgain(flow, before, known);
  flow.set("births", known);
  return [...known.keys()].some((id) => !before?.has(id)) ? {} : null;
}
