/** A server with an end to patience, as hosting/guard/server.py: the longest waiting goes first. */

export const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
};
const MOST_CONNECTIONS = 512;

/** Cuts the connection that has waited longest for its client when there are more than `most`. */
export function limitConnections(server, most = MOST_CONNECTIONS) {
  const waiting = new Set();
  let open = 0;
  server.on("connection", (socket) => {
    open += 1;
    waiting.add(socket);
    socket.on("close", () => {
      open -= 1;
      waiting.delete(socket);
    });
    if (open <= most) return;
    const [oldest] = waiting;
    waiting.delete(oldest);
    oldest.destroy();
  });
  server.on("upgrade", (_request, socket) => waiting.delete(socket));
  server.on("request", (request, response) => {
    const { socket } = request;
    // One whose body is still to come goes on waiting for its client.
    if (
      request.headers["content-length"] ||
      request.headers["transfer-encoding"]
    )
      request.on("end", () => waiting.delete(socket));
    else waiting.delete(socket);
    response.on("close", () => {
      if (!socket.destroyed) waiting.add(socket);
    });
  });
  return server;
}
