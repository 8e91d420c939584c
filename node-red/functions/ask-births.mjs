/** Every half second: ask the gateway which devices it knows, where that may have changed. */

const TIMEOUT_MS = 10_000;
const PERIOD_MS = 30_000;
const UNKNOWN_PERIOD_MS = 2000;
const EAGER_MS = 5000; // until then the gateway has stored what is new
const LEAST_MS = 450;
const SHARE = 5; // of 10,000 devices an answer takes long: it may have a fifth of the time

function dueMs(flow, nowMs) {
  const { asked = 0, answered = 0 } = flow.get("births_times") ?? {};
  if (asked > answered) return asked + TIMEOUT_MS;
  const isNew = nowMs - (flow.get("births_wanted_ms") ?? 0) < EAGER_MS;
  if (isNew) return answered + Math.max(LEAST_MS, SHARE * (answered - asked));
  return asked + (flow.get("births") ? PERIOD_MS : UNKNOWN_PERIOD_MS);
}

export default function askBirths(_msg, { flow, env }) {
  const nowMs = Date.now();
  if (nowMs < dueMs(flow, nowMs)) return null;
  const answered = flow.get("births_times")?.answered ?? 0;
  flow.set("births_times", { asked: nowMs, answered });
  const token = env.get("EDGETWIN_API_TOKEN");
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  return { headers, requestTimeout: TIMEOUT_MS };
}
