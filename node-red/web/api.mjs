/** The gateway's REST API as the pages call it: same origin, problems as sentences. */

const TIMEOUT_MS = 15_000;

/** The gateway refused or did not answer; `message` is one sentence for a person. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function problemOf(response) {
  const text = await response.text();
  try {
    const problem = JSON.parse(text);
    return (
      problem.detail ||
      problem.title ||
      `The gateway answered ${response.status}.`
    );
  } catch {
    return `The gateway answered ${response.status}.`;
  }
}

async function call(path, options) {
  let response;
  try {
    response = await fetch(`/api${path}`, {
      ...options,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const why =
      error.name === "TimeoutError"
        ? "did not answer in time"
        : "cannot be reached";
    throw new ApiError(`The dashboard ${why}.`, 0);
  }
  if (!response.ok)
    throw new ApiError(await problemOf(response), response.status);
  return response.json();
}

/** A path with its query; undefined values are left out. */
export function withQuery(path, query = {}) {
  const known = Object.entries(query).filter(
    ([, value]) => value !== undefined,
  );
  const text = new URLSearchParams(known).toString();
  return text ? `${path}?${text}` : path;
}

/** A device's path; the id is escaped. */
export function devicePath(device, rest = "") {
  return `/devices/${encodeURIComponent(device)}${rest}`;
}

export function get(path, query) {
  return call(withQuery(path, query), {
    headers: { accept: "application/json" },
  });
}

function send(method, path, body) {
  return call(path, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

export function post(path, body) {
  return send("POST", path, body);
}

/** The lines of an answer, each as JSON, as they come. */
async function* linesOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) yield JSON.parse(line);
  }
}

/**
 * Asks for what takes a while, and is told how far it is: `note` is called with each line but the
 * last, whose answer this is. `signal` ends it.
 */
export async function postLines(path, body, note, signal) {
  let response;
  try {
    response = await fetch(`/api${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The dashboard cannot be reached.", 0);
  }
  if (!response.ok)
    throw new ApiError(await problemOf(response), response.status);
  for await (const line of linesOf(response)) {
    if (line.error) throw new ApiError(line.error, response.status);
    if (line.answer) return line.answer;
    note(line);
  }
  throw new ApiError("The answer ended before it was whole.", 0);
}

export function put(path, body) {
  return send("PUT", path, body);
}

export function patch(path, body) {
  return send("PATCH", path, body);
}

/** Brings a picture (a Blob); `query` says who does. */
export function putPicture(path, query, picture) {
  return call(withQuery(path, query), {
    method: "PUT",
    headers: { "content-type": picture.type },
    body: picture,
  });
}

/** Takes something back; `query` says who does. */
export function remove(path, query) {
  return call(withQuery(path, query), {
    method: "DELETE",
    headers: { "content-type": "application/json" },
  });
}
