/** The gateway's REST API: bounded answers, few questions at a time, failures as sentences. */

import http from "node:http";
import https from "node:https";

const TIMEOUT_MS = 30_000;
const MOST_BYTES = 16 * 1024 * 1024;
const AT_ONCE = 8;

/** The gateway does not answer, or refuses; the message is a sentence, `status` its HTTP status. */
export class ApiError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

/** The address without what may not be in it. Throws ApiError with a sentence. */
export function addressOf(text) {
  const url = parsed(text);
  if (!url || !["http:", "https:"].includes(url.protocol))
    throw new ApiError(
      `"${text}" is no address of edgetwin's API: write one such as http://127.0.0.1:8000.`,
    );
  if (url.username || url.password || url.search || url.hash)
    throw new ApiError(
      "The address of the API has a login or a query in it: the token has a field of its own.",
    );
  return url.href.replace(/\/$/, "");
}

function parsed(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function queryText(query) {
  const given = Object.entries(query ?? {}).filter(
    ([, value]) => value !== undefined,
  );
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

function tooMuch() {
  const mib = MOST_BYTES / 1024 / 1024;
  return new ApiError(
    `The answer has more than ${mib} MiB: ask for a shorter range or less of it.`,
  );
}

function read(answer) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    answer.on("data", (chunk) => {
      size += chunk.length;
      if (size <= MOST_BYTES) return chunks.push(chunk);
      reject(tooMuch());
      return answer.destroy();
    });
    answer.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    answer.on("error", reject);
    answer.on("aborted", () =>
      reject(new ApiError("The gateway's answer broke off: ask again.")),
    );
  });
}

function parse(text, status) {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(
      `What answers (HTTP ${status}) is not edgetwin's gateway: its answer is no JSON. ` +
        "Look at the API's address in the server node.",
      status,
    );
  }
}

function refusal(status, problem) {
  if (status === 401)
    return "The gateway wants another token: put its EDGETWIN_API_TOKEN into the server node.";
  const detail = problem?.detail;
  return typeof detail === "string" && detail
    ? detail.slice(0, 2000)
    : `The gateway answers ${status} without a reason.`;
}

/** Lets `most` tasks run at a time; the others wait in their order. */
export function createTurns(most) {
  const waiting = [];
  let running = 0;
  const next = () => {
    running -= 1;
    waiting.shift()?.();
  };
  return async (task) => {
    if (running >= most) await new Promise((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await task();
    } finally {
      next();
    }
  };
}

/** `get(path, query)` and `post(path, body)`, both of JSON; `close()` ends what is under way. */
export class Api {
  #address;
  #token;
  #agent;
  #tls;
  #turns = createTurns(AT_ONCE);
  #closed = new AbortController();

  constructor({ address, token, tls = {} }) {
    this.#address = addressOf(address);
    this.#token = token;
    this.#tls = tls;
    const { Agent } = this.#address.startsWith("https:") ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  }

  get(path, query) {
    return this.#turns(() => this.#ask("GET", path + queryText(query)));
  }

  post(path, body) {
    return this.#turns(() => this.#ask("POST", path, JSON.stringify(body)));
  }

  close() {
    this.#closed.abort();
    this.#agent.destroy();
  }

  #headers(body) {
    const headers = { accept: "application/json, application/problem+json" };
    if (this.#token) headers.authorization = `Bearer ${this.#token}`;
    if (body !== undefined) {
      headers["content-type"] = "application/json";
      headers["content-length"] = Buffer.byteLength(body);
    }
    return headers;
  }

  async #ask(method, path, body, again = true) {
    const called = this.#call(method, path, body);
    try {
      const answer = await called.answer;
      const text = await read(answer);
      const value = parse(text, answer.statusCode);
      if (answer.statusCode < 200 || answer.statusCode > 299)
        throw new ApiError(
          refusal(answer.statusCode, value),
          answer.statusCode,
        );
      return value;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      // The gateway closed an idle connection just when it was used again.
      const idle = called.call.reusedSocket && error.code === "ECONNRESET";
      if (idle && again && method === "GET" && !this.#closed.signal.aborted)
        return this.#ask(method, path, body, false);
      throw new ApiError(this.#unreachable(error));
    }
  }

  #call(method, path, body) {
    const { request } = this.#address.startsWith("https:") ? https : http;
    const call = request(this.#address + path, {
      method,
      agent: this.#agent,
      headers: this.#headers(body),
      signal: this.#closed.signal,
      ...this.#tls,
    });
    call.setTimeout(TIMEOUT_MS, () =>
      call.destroy(
        new ApiError(
          `The gateway at ${this.#address} has not answered for ${TIMEOUT_MS / 1000} s: look at its /health.`,
        ),
      ),
    );
    const answer = new Promise((resolve, reject) => {
      call.on("response", resolve);
      call.on("error", reject);
    });
    call.end(body);
    return { call, answer };
  }

  #unreachable(error) {
    if (this.#closed.signal.aborted)
      return "The flow was deployed anew before the gateway answered.";
    return (
      `The gateway at ${this.#address} does not answer (${error.code ?? error.message}): ` +
      "is it running, and is this its address?"
    );
  }
}
