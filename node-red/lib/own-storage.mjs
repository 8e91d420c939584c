/** Node-RED's storage: what a user deploys is kept in the user's directory, ours is in no file. */

import { existsSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import {
  apart,
  refusal,
  switchedOff,
  theirsOf,
  trespasses,
} from "./own-tabs.mjs";

const local = createRequire(import.meta.url)(
  "@node-red/runtime/lib/storage/localfilesystem",
);

export const FLOW_FILE = "your-flows.json";
const CREDENTIALS_FILE = "your-flows_cred.json";

function isNodes(value) {
  return (
    Array.isArray(value) &&
    value.every(
      (node) => typeof node?.id === "string" && typeof node.type === "string",
    )
  );
}

function isCredentials(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Puts a file aside that cannot be read as what it should be: a start without it loses nothing. */
function setAside(file, fits, say) {
  if (!existsSync(file)) return;
  const text = readFileSync(file, "utf8");
  try {
    if (text === "" || fits(JSON.parse(text))) return;
  } catch {
    // not even JSON
  }
  const stamp = new Date().toISOString().replace(/[:.]/g, "-");
  const aside = file.replace(/\.json$/, `.broken-${stamp}.json`);
  renameSync(file, aside);
  say(
    `${file} cannot be read as what the editor writes: your tabs are not there. ` +
      `It is kept as ${aside}: mend it and give it its name back, or import it in the editor.`,
  );
}

function without(ours, credentials) {
  return Object.fromEntries(
    Object.entries(credentials).filter(
      ([id]) => !ours.some((node) => node.id === id),
    ),
  );
}

/**
 * A storage module. `ours` are our nodes, `credentials` theirs by id, `off` whether the user's are
 * to do nothing; `say` is told what the user should know.
 */
export function createStorage({ ours, credentials, userDir, off, say }) {
  const file = (name) => path.join(userDir, name);

  async function getFlows() {
    setAside(file(FLOW_FILE), isNodes, say);
    const kept = await local.getFlows();
    const { theirs, clashes } = apart(ours, kept);
    clashes.forEach(say);
    return [...ours, ...(off ? switchedOff(theirs) : theirs)];
  }

  async function saveFlows(flows, user) {
    const done = trespasses(ours, flows);
    if (done.length) throw new Error(refusal(done));
    return local.saveFlows(theirsOf(ours, flows), user);
  }

  async function getCredentials() {
    setAside(file(CREDENTIALS_FILE), isCredentials, say);
    return { ...(await local.getCredentials()), ...credentials };
  }

  const saveCredentials = (all) => local.saveCredentials(without(ours, all));

  return { ...local, getFlows, saveFlows, getCredentials, saveCredentials };
}
