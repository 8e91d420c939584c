/** The gateway's answer about itself (or its silence) in, what the banner needs kept in `flow`. */

const SILENT_AFTER = 2; // one lost answer is no outage

export default function health(msg, { flow, node }) {
  const before = flow.get("health") ?? { missed: 0 };
  const answer = msg.payload;
  const answers =
    [200, 503].includes(msg.statusCode) &&
    typeof answer?.dependencies === "object";
  const missed = answers ? 0 : before.missed + 1;
  if (answers) {
    if (before.asked && !before.answers) {
      node.warn("The gateway answers again.");
      flow.set("births_wanted_ms", Date.now()); // its journal may be another
    }
    flow.set("health", {
      asked: true,
      answers: true,
      missed,
      status: answer.status,
      version: answer.version,
      uptime_s: answer.uptime_s,
      dependencies: answer.dependencies,
      processes: answer.processes ?? [],
      time_zone: answer.time_zone,
      shifts: answer.shifts ?? [],
      shifts_error: answer.shifts_error,
      assets_error: answer.assets_error,
    });
  } else if (missed >= SILENT_AFTER || !before.answers) {
    if (before.answers) node.warn("The gateway does not answer.");
    const since_ms = before.answers
      ? Date.now()
      : (before.since_ms ?? Date.now());
    flow.set("health", { asked: true, answers: false, missed, since_ms });
  } else {
    flow.set("health", { ...before, missed });
  }
  return null;
}
