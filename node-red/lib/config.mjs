/** Turns EDGETWIN_* environment variables into the dashboard's checked, frozen configuration. */

import { readFileSync } from "node:fs";
import path from "node:path";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const LOOPBACK = new Set(["127.0.0.1", "localhost", "::1"]);
const ANY_ADDRESS = new Set(["0.0.0.0", "::"]);
const ENOUGH_BITS = 128;
const FEWEST_DISTINCT = 8;
const MAKE_ONE = "make one with `openssl rand -hex 32`";

/** A setting is missing or contradicts another; the message names it and what to do. */
export class ConfigError extends Error {}

/** Reads `KEY=value` lines; what `env` already holds wins over the file. */
export function withEnvFile(env, file) {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  const fromFile = Object.fromEntries(
    text
      .split("\n")
      .map((line) => /^\s*([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line))
      .filter(Boolean)
      .map(([, key, value]) => [key, unquote(value)]),
  );
  return { ...fromFile, ...env };
}

function unquote(value) {
  const quoted = /^(["'])(.*)\1/.exec(value);
  return quoted ? quoted[2] : value.replace(/(^|\s+)#.*$/, "");
}

function port(env, name, fallback) {
  const text = env[name] || String(fallback);
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65535)
    throw new ConfigError(
      `${name} must be a port between 1 and 65535, it is "${text}".`,
    );
  return value;
}

function site(env) {
  const name = env.EDGETWIN_SITE || "workshop";
  if (!NAME.test(name))
    throw new ConfigError(
      `EDGETWIN_SITE may hold letters, digits, "_", "." and "-" only, it is "${name}".`,
    );
  return name;
}

function httpHost(host) {
  return host.includes(":") ? `[${host}]` : host;
}

/** Whether `host` can only be reached from this machine. */
export function isLoopback(host) {
  return LOOPBACK.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * What makes a token easy to guess; null for one that may well be 128 random bits.
 * The rule of contract/access.py, and tests hold the two together.
 */
export function weakness(token) {
  if (token.length * Math.log2(alphabet(token)) < ENOUGH_BITS)
    return `is too short for ${ENOUGH_BITS} bits`;
  const letters = [...token];
  if (
    new Set(letters).size < FEWEST_DISTINCT ||
    (token + token).slice(1, -1).includes(token)
  )
    return "repeats itself";
  const steps = letters
    .slice(1)
    .map((letter, at) => letter.codePointAt(0) - letters[at].codePointAt(0));
  if (steps.filter((step) => Math.abs(step) <= 1).length > steps.length / 2)
    return "is a row of neighbouring letters";
  return null;
}

function alphabet(token) {
  if (/^\d*$/.test(token)) return 10;
  if (/^[\da-fA-F]*$/.test(token)) return 16;
  const oneCase =
    token === token.toLowerCase() || token === token.toUpperCase();
  return oneCase ? 36 : 64;
}

function refuseUnsafe({ host, token, editor }) {
  if (isLoopback(host)) return;
  if (!token)
    throw new ConfigError(
      `EDGETWIN_HOST is ${host}, which others can reach: set EDGETWIN_API_TOKEN too ` +
        `(the dashboard asks for it as its password; ${MAKE_ONE}), or set EDGETWIN_HOST to 127.0.0.1.`,
    );
  const flaw = weakness(token);
  if (flaw)
    throw new ConfigError(
      `EDGETWIN_HOST is ${host}, which others can reach, and EDGETWIN_API_TOKEN ${flaw}: ` +
        `${MAKE_ONE}, or set EDGETWIN_HOST to 127.0.0.1.`,
    );
  if (editor)
    throw new ConfigError(
      `EDGETWIN_EDITOR=1 opens the flow editor without a password, and EDGETWIN_HOST is ${host}: ` +
        "set EDGETWIN_HOST to 127.0.0.1 while you use the editor.",
    );
}

/**
 * The configuration, read from `env`; relative paths start at `root`.
 * Throws ConfigError for what cannot be.
 */
export function readConfig(env, root) {
  const host = env.EDGETWIN_HOST || "127.0.0.1";
  const peer = ANY_ADDRESS.has(host) ? "127.0.0.1" : host;
  const dataDir = path.resolve(root, env.EDGETWIN_DATA_DIR || "var");
  const gatewayPort = port(env, "EDGETWIN_GATEWAY_PORT", 8000);
  const config = {
    site: site(env),
    host,
    port: port(env, "EDGETWIN_DASHBOARD_PORT", 1880),
    brokerHost: peer,
    brokerPort: port(env, "EDGETWIN_BROKER_PORT", 1883),
    brokerUsername: env.EDGETWIN_BROKER_USERNAME || "",
    brokerPassword: env.EDGETWIN_BROKER_PASSWORD || "",
    gatewayUrl: `http://${httpHost(peer)}:${gatewayPort}`,
    token: env.EDGETWIN_API_TOKEN || "",
    dataDir,
    userDir: path.join(dataDir, "dashboard"),
    editor: env.EDGETWIN_EDITOR === "1",
    url: `http://${httpHost(peer)}:${port(env, "EDGETWIN_DASHBOARD_PORT", 1880)}/dashboard`,
  };
  refuseUnsafe(config);
  return Object.freeze(config);
}
