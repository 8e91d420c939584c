/** A browser says which machine it looks at, or has gone away: kept per socket. */

const MAX_WATCHERS = 1000;

export default function watch(msg, { flow }) {
  const watchers = flow.get("watchers") ?? new Map();
  const socket = msg._client?.socketId;
  if (!socket) return null;
  const device = msg.payload?.watch;
  watchers.delete(socket);
  if (typeof device === "string" && watchers.size < MAX_WATCHERS)
    watchers.set(socket, { device, sent: -1 });
  flow.set("watchers", watchers);
  return null;
}
