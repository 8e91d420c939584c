/** Every two seconds: ask the gateway how it is, and now and then what its catalogue holds. */

const CATALOGUE_PERIOD_MS = 60_000;
const UNKNOWN_PERIOD_MS = 4000; // while a machine is of a type that the catalogue has not
const TIMEOUT_MS = 1800;

export default function ask(_msg, { flow, env }) {
  const token = env.get("EDGETWIN_API_TOKEN");
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const nowMs = Date.now();
  const periodMs = flow.get("catalogue_wanted")
    ? UNKNOWN_PERIOD_MS
    : CATALOGUE_PERIOD_MS;
  const due = nowMs - (flow.get("catalogue_ms") ?? 0) >= periodMs;
  const health = { headers, requestTimeout: TIMEOUT_MS };
  return [
    health,
    due ? { headers: { ...headers }, requestTimeout: TIMEOUT_MS } : null,
  ];
}
