/** Carries the browser's REST calls to the gateway: an allow-list, the token added on this side. */

import http from "node:http";
import { addressOf } from "./strangers.mjs";

const DEVICE = "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}";
const ALLOWED = [
  [
    "GET",
    /^\/(health|system|catalogue|devices|energy|energy\/comparison|power|alarms|diagnoses|quarantine|delivery|audit|params|kpis|notifications|maintenance-windows|waiting-boards)$/,
  ],
  ["GET", new RegExp(`^/devices/${DEVICE}$`)],
  [
    "GET",
    new RegExp(
      `^/devices/${DEVICE}/(latest|history|kpis|timeline|states|events|events\\.csv|maintenance|registry|settings|params|limits|log|catalogue|lives|removal|qr\\.svg|export\\.csv)$`,
    ),
  ],
  [
    "POST",
    new RegExp(
      `^/devices/${DEVICE}/(commands|make-type|events|annotations|replace)$`,
    ),
  ],
  ["PATCH", new RegExp(`^/devices/${DEVICE}/registry$`)],
  ["PUT", /^\/params$/],
  ["POST", /^\/annotations$/],
  ["DELETE", /^\/annotations\/[0-9a-f]{12}$/],
  ["DELETE", new RegExp(`^/devices/${DEVICE}/annotations/[0-9a-f]{12}$`)],
  ["PUT", new RegExp(`^/devices/${DEVICE}/(settings|params|limits|stage)$`)],
  ["POST", /^\/devices$/],
  ["DELETE", new RegExp(`^/devices/${DEVICE}$`)],
  ["POST", new RegExp(`^/waiting-boards/${DEVICE}/login$`)],
  ["GET", /^\/alarms\/statistics$/],
  ["POST", /^\/(alarms\/acknowledge|notifications\/test)$/],
  ["POST", /^\/maintenance-windows$/],
  ["DELETE", /^\/maintenance-windows\/[0-9a-f]{1,32}$/],
  ["POST", /^\/alarms\/\d{1,18}\/(un)?(acknowledge|shelve)$/],
];
const PASSED_BACK = [
  "content-type",
  "content-length",
  "content-disposition",
  "retry-after",
];
const BODY_LIMIT_BYTES = 16_384; // notes of a machine, in whatever script
const ANSWER_TIMEOUT_MS = 20_000;

/** Whether the browser may ask the gateway for this. `path` has no query. */
export function isAllowed(method, path) {
  return ALLOWED.some(
    ([verb, pattern]) => verb === method && pattern.test(path),
  );
}

function problem(response, status, title, detail) {
  if (response.headersSent) return response.destroy();
  const body = JSON.stringify({ type: "about:blank", title, status, detail });
  response.writeHead(status, { "content-type": "application/problem+json" });
  return response.end(body);
}

function readBody(request, limit) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    request.on("data", (chunk) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else reject(new RangeError("body too large"));
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
  });
}

function forwardedHeaders({ token, body, address }) {
  const headers = {
    accept: "application/json, text/csv, application/problem+json",
    "x-forwarded-for": address, // for the audit trail: who is behind us
  };
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) {
    headers["content-type"] = "application/json";
    headers["content-length"] = body.length;
  }
  return headers;
}

function passBack(answer, response) {
  const headers = { "cache-control": "no-store" };
  for (const name of PASSED_BACK) {
    if (answer.headers[name]) headers[name] = answer.headers[name];
  }
  response.writeHead(answer.statusCode, headers);
  answer.pipe(response);
  answer.on("error", () => response.destroy());
}

/** Whether the gateway has closed an idle connection just when it was used again. */
function wasIdle(call, error) {
  return call.reusedSocket && error.code === "ECONNRESET";
}

function forward(passed) {
  const { request, response, gatewayUrl, token, body } = passed;
  const target = new URL(gatewayUrl + request.url);
  const call = http.request(
    target,
    {
      method: request.method,
      headers: forwardedHeaders({
        token,
        body,
        address: addressOf(request.socket),
      }),
    },
    (answer) => passBack(answer, response),
  );
  call.setTimeout(ANSWER_TIMEOUT_MS, () =>
    call.destroy(new Error("no answer in time")),
  );
  call.on("error", (error) => {
    if (wasIdle(call, error) && request.method === "GET" && !response.closed)
      return forward(passed);
    return problem(
      response,
      502,
      "Gateway unavailable",
      `The gateway at ${gatewayUrl} does not answer (${error.code ?? error.message}).`,
    );
  });
  response.on("close", () => call.destroy());
  call.end(body);
}

/** Express middleware for everything below `/api`. */
export function createProxy({ gatewayUrl, token }) {
  return async (request, response) => {
    const path = request.url.split("?", 1)[0];
    if (!isAllowed(request.method, path))
      return problem(
        response,
        404,
        "Not found",
        `The dashboard does not pass on ${request.method} ${path}.`,
      );
    if (request.method === "GET")
      return forward({ request, response, gatewayUrl, token });
    // A cross-site page can post plain text without asking first, but not JSON.
    if (!request.headers["content-type"]?.startsWith("application/json"))
      return problem(
        response,
        415,
        "Unsupported media type",
        "Send the body as application/json.",
      );
    try {
      const body = await readBody(request, BODY_LIMIT_BYTES);
      return forward({ request, response, gatewayUrl, token, body });
    } catch (error) {
      if (!(error instanceof RangeError)) return response.destroy();
      return problem(
        response,
        413,
        "Too large",
        `A request may hold at most ${BODY_LIMIT_BYTES} bytes.`,
      );
    }
  };
}
