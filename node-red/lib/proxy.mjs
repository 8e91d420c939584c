/** Carries the browser's REST calls to the gateway: an allow-list, the token added on this side. */

import http from "node:http";
import { addressOf } from "./strangers.mjs";

const DEVICE = "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}";
const PHOTO = new RegExp(`^/devices/${DEVICE}/photo$`);
const ALLOWED = [
  [
    "GET",
    /^\/(health|system|catalogue|devices|energy|energy\/comparison|power|alarms|diagnoses|quarantine|delivery|audit|params|kpis|history|log|notifications|maintenance-windows|waiting-boards|verdicts\.csv|kpis\.csv)$/,
  ],
  ["GET", /^\/report(\.pdf)?$/],
  ["GET", new RegExp(`^/kpis/by/${DEVICE}$`)],
  ["GET", new RegExp(`^/devices/${DEVICE}$`)],
  [
    "GET",
    new RegExp(
      `^/devices/${DEVICE}/(latest|health|history|kpis|timeline|anomalies|states|events|events\\.csv|maintenance|registry|settings|params|limits|log|catalogue|lives|removal|qr\\.svg|export\\.(csv|parquet))$`,
    ),
  ],
  [
    "POST",
    new RegExp(
      `^/devices/${DEVICE}/(commands|make-type|events|annotations|replace|what-if)$`,
    ),
  ],
  ["PATCH", new RegExp(`^/devices/${DEVICE}/registry$`)],
  ["PUT", /^\/params$/],
  ["POST", /^\/annotations$/],
  ["DELETE", /^\/annotations\/[0-9a-f]{12}$/],
  ["DELETE", new RegExp(`^/devices/${DEVICE}/annotations/[0-9a-f]{12}$`)],
  ["PUT", /^\/annotations\/[0-9a-f]{12}$/],
  ["PUT", new RegExp(`^/devices/${DEVICE}/annotations/[0-9a-f]{12}$`)],
  ["PUT", new RegExp(`^/devices/${DEVICE}/(settings|params|limits|stage)$`)],
  ["GET", PHOTO],
  ["PUT", PHOTO],
  ["DELETE", PHOTO],
  ["POST", /^\/devices$/],
  ["DELETE", new RegExp(`^/devices/${DEVICE}$`)],
  ["POST", new RegExp(`^/waiting-boards/${DEVICE}/login$`)],
  ["GET", /^\/(alarms|anomalies)\/statistics$/],
  ["POST", /^\/(alarms\/acknowledge|notifications\/test)$/],
  ["POST", /^\/maintenance-windows$/],
  ["DELETE", /^\/maintenance-windows\/[0-9a-f]{1,32}$/],
  ["POST", /^\/alarms\/\d{1,18}\/(un)?(acknowledge|shelve)$/],
  ["PUT", /^\/alarms\/\d{1,18}\/verdict$/],
  ["DELETE", /^\/alarms\/\d{1,18}\/verdict$/],
];
const PASSED_BACK = [
  "content-type",
  "content-length",
  "content-disposition",
  "retry-after",
];
// Without these a picture would be sent again, or be more than a picture.
const PASSED_BACK_OF_PHOTOS = [
  ...PASSED_BACK,
  "cache-control",
  "content-security-policy",
  "etag",
  "x-content-type-options",
];
const JSON_BODY = {
  types: ["application/json"],
  bytes: 16_384, // notes of a machine, in whatever script
};
const PICTURE = {
  types: ["image/jpeg", "image/png", "image/webp"],
  bytes: 2 * 1024 * 1024,
};
const MOST_PICTURES = 2; // brought at a time: they lie in memory
const ANSWER_TIMEOUT_MS = 20_000;
const PRINT_TIMEOUT_MS = 75_000; // a report may wait for others, and gives way to all else

/** Whether the browser may ask the gateway for this. `path` has no query. */
export function isAllowed(method, path) {
  return ALLOWED.some(
    ([verb, pattern]) => verb === method && pattern.test(path),
  );
}

function pathOf({ url }) {
  return url.split("?", 1)[0];
}

function isPhoto(request) {
  return PHOTO.test(pathOf(request));
}

function typeOf({ headers }) {
  return (headers["content-type"] ?? "").split(";", 1)[0].trim().toLowerCase();
}

/** What may come as a body: a picture where one is brought, JSON everywhere else. */
function takenOf(request) {
  return request.method === "PUT" && isPhoto(request) ? PICTURE : JSON_BODY;
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

function forwardedHeaders({ token, body, request }) {
  const headers = {
    accept:
      "application/json, text/csv, application/pdf, application/x-ndjson, application/problem+json, image/*",
    "x-forwarded-for": addressOf(request.socket), // for the audit trail: who is behind us
  };
  const known = request.headers["if-none-match"];
  if (known && isPhoto(request)) headers["if-none-match"] = known;
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) {
    headers["content-type"] = typeOf(request);
    headers["content-length"] = body.length;
  }
  return headers;
}

function passBack(answer, { request, response }) {
  const headers = { "cache-control": "no-store" };
  const names = isPhoto(request) ? PASSED_BACK_OF_PHOTOS : PASSED_BACK;
  for (const name of names) {
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
      headers: forwardedHeaders({ token, body, request }),
    },
    (answer) => passBack(answer, passed),
  );
  const isPrint = pathOf(request) === "/report.pdf";
  call.setTimeout(isPrint ? PRINT_TIMEOUT_MS : ANSWER_TIMEOUT_MS, () =>
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

/** Reads a body and passes the request on. */
async function carry(passed, taken) {
  const { request, response } = passed;
  try {
    const body = await readBody(request, taken.bytes);
    return forward({ ...passed, body });
  } catch (error) {
    if (!(error instanceof RangeError)) return response.destroy();
    return problem(
      response,
      413,
      "Too large",
      `A request may hold at most ${taken.bytes} bytes.`,
    );
  }
}

/** Express middleware for everything below `/api`. */
export function createProxy({ gatewayUrl, token }) {
  let pictures = 0; // on their way
  return async (request, response) => {
    const path = pathOf(request);
    const passed = { request, response, gatewayUrl, token };
    if (!isAllowed(request.method, path))
      return problem(
        response,
        404,
        "Not found",
        `The dashboard does not pass on ${request.method} ${path}.`,
      );
    if (request.method === "GET") return forward(passed);
    const taken = takenOf(request);
    // A cross-site page can post plain text without asking first, but not these.
    if (!taken.types.includes(typeOf(request)))
      return problem(
        response,
        415,
        "Unsupported media type",
        `Send the body as ${taken.types.join(" or ")}.`,
      );
    if (taken !== PICTURE) return carry(passed, taken);
    if (pictures >= MOST_PICTURES)
      return problem(
        response,
        503,
        "Busy",
        "Other pictures are on their way: send it again in a moment.",
      );
    pictures += 1;
    response.once("close", () => (pictures -= 1));
    return carry(passed, taken);
  };
}
