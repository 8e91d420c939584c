/** Decides who may talk to the dashboard: stops DNS rebinding, cross-site posts and strangers. */

import { timingSafeEqual, createHash } from "node:crypto";
import { isLoopback } from "./config.mjs";
import { addressOf } from "./strangers.mjs";

function hostname(hostHeader) {
  return (hostHeader ?? "").replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
}

function sameOrigin({ origin, host, "x-forwarded-host": forwarded }) {
  if (!origin) return true;
  const there = origin.replace(/^[a-z]+:\/\//, "");
  return there === host || there === forwarded;
}

function equalSecrets(left, right) {
  const digest = (text) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function password(authorization) {
  const [scheme, value] = (authorization ?? "").split(" ");
  if (scheme?.toLowerCase() !== "basic" || !value) return "";
  return Buffer.from(value, "base64")
    .toString("utf8")
    .replace(/^[^:]*:/, "");
}

/**
 * A function from a request's headers to null (let it in) or `{status, detail}`.
 * On loopback the Host must be a local name. Where a token is set it is the password, on loopback
 * too: the proxy adds it to every call, so without one this would be a way around the gateway's.
 */
export function createGuard({ host, token }) {
  const local = isLoopback(host);
  return (headers) => {
    if (local && !isLoopback(hostname(headers.host)))
      return {
        status: 403,
        detail: "Open the dashboard as http://127.0.0.1 or localhost.",
      };
    if (!sameOrigin(headers))
      return {
        status: 403,
        detail: "Requests from another web site are refused.",
      };
    if (token && !equalSecrets(password(headers.authorization), token))
      return {
        status: 401,
        guessed: Boolean(headers.authorization),
        detail: "The password is the EDGETWIN_API_TOKEN of this site.",
      };
    return null;
  };
}

/** The right password always opens: strangers at its address must not keep its owner out. */
function slowedDown(refusal, socket, strangers) {
  const waitS = refusal?.guessed ? strangers.failed(addressOf(socket)) : 0;
  if (!waitS) return refusal;
  return {
    status: 429,
    waitS,
    detail: `Too many wrong passwords: wait ${waitS} s, then enter the EDGETWIN_API_TOKEN.`,
  };
}

/** The guard as express middleware. */
export function guardHttp(guard, strangers) {
  return (request, response, next) => {
    const refusal = slowedDown(
      guard(request.headers),
      request.socket,
      strangers,
    );
    if (!refusal) return next();
    if (refusal.status === 429) response.set("Retry-After", `${refusal.waitS}`);
    if (refusal.status === 401)
      response.set("WWW-Authenticate", 'Basic realm="edgetwin"');
    return response
      .status(refusal.status)
      .type("text/plain")
      .send(refusal.detail);
  };
}

/** The guard as socket.io middleware: Dashboard's own check leaves its socket open to strangers. */
export function guardSocket(guard, strangers) {
  return (socket, next) => {
    const { headers, socket: connection } = socket.request;
    const refusal = slowedDown(guard(headers), connection, strangers);
    next(refusal ? new Error(refusal.detail) : undefined);
  };
}

/** The guard for the editor's own socket, which tells what debug nodes show. */
export function guardEditor(guard, strangers) {
  return (request, socket) => {
    if (!request.url.startsWith("/editor/")) return;
    const refusal = slowedDown(guard(request.headers), socket, strangers);
    if (!refusal) return;
    socket.end(
      `HTTP/1.1 ${refusal.status} Refused\r\nConnection: close\r\n\r\n`,
    );
    socket.destroy(); // whoever hears of this upgrade next finds it closed
  };
}
