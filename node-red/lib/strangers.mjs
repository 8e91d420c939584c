/** Remembers who sent wrong passwords: makes them wait, and tells the gateway's audit trail. */

import { appendFileSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";

const MOST_FAILURES = 10;
const WITHIN_MS = 60_000;
const MOST_ADDRESSES = 4096;
const FLUSH_MS = 1000;
const MOST_BYTES = 1024 * 1024;

/** The address of a connection's other end, without the dress of IPv6 around IPv4. */
export function addressOf(socket) {
  return (socket.remoteAddress ?? "unknown").replace(/^::ffff:/, "");
}

/** Appends whole lines for the gateway to take (hosting/audit/spool.py); what is too much is lost. */
function append(file, events) {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < MOST_BYTES)
    appendFileSync(
      file,
      events.map((event) => `${JSON.stringify(event)}\n`).join(""),
      { mode: 0o600 },
    );
}

function entry(origin, count, now) {
  return {
    time_ms: now,
    who: "unknown",
    origin,
    what: "password_refused",
    detail: "a wrong password, at the dashboard",
    count,
  };
}

/** `failed(address)` notes one wrong password; returns how many seconds to wait, 0 for none yet. */
export function createStrangers({ dataDir, now = Date.now }) {
  const file = path.join(dataDir, "audit", "dashboard.jsonl");
  const failures = new Map();
  const untold = new Map();
  let timer = null;

  function flush() {
    timer = null;
    const events = [...untold].map(([origin, count]) =>
      entry(origin, count, now()),
    );
    try {
      append(file, events);
      untold.clear();
    } catch (error) {
      // A full disk: they stay counted, and go with the next one.
      console.error(`The audit trail waits: ${error.message}`);
    }
  }

  function tell(address) {
    if (!untold.has(address) && untold.size >= MOST_ADDRESSES)
      address = "several";
    untold.set(address, (untold.get(address) ?? 0) + 1);
    timer ??= setTimeout(flush, FLUSH_MS);
  }

  function failed(address) {
    tell(address);
    const times = failures.get(address) ?? [];
    failures.delete(address);
    if (failures.size >= MOST_ADDRESSES)
      failures.delete(failures.keys().next().value);
    const waitMs =
      times.length === MOST_FAILURES ? times[0] + WITHIN_MS - now() : 0;
    failures.set(address, [...times, now()].slice(-MOST_FAILURES));
    return Math.max(0, Math.ceil(waitMs / 1000));
  }

  return { failed, flush };
}
