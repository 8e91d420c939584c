/** Looks at what the editor deploys before Node-RED does: ours stays as it is, said in plain words. */

import express from "express";
import { refusal, trespasses } from "./own-tabs.mjs";

const MOST = "5mb"; // Node-RED's own limit
const OF_ONE_TAB = /^\/flow\/([^/]+)$/;

function hasCredentials({ credentials }) {
  return credentials !== undefined && Object.keys(credentials).length > 0;
}

/** Parts of a sentence: what this list of nodes would do to ours. */
function doneTo(ours, nodes) {
  const ids = new Set(ours.map(({ id }) => id));
  const logins = nodes
    .filter((node) => ids.has(node.id) && hasCredentials(node))
    .map(
      ({ name, id, type }) =>
        `the login of "${name || id}" (${type}) was changed`,
    );
  const bare = nodes.map(({ credentials, ...node }) => node);
  return [...trespasses(ours, bare), ...logins];
}

function refuse(response, done) {
  return response.status(400).type("text/plain").send(refusal(done));
}

/** Middleware of Node-RED's admin API. */
export function guardDeploys(ours) {
  const read = express.json({ limit: MOST });
  return (request, response, next) => {
    const path = request.path.toLowerCase().replace(/\/$/, ""); // as express takes it
    const [, id] = OF_ONE_TAB.exec(path) ?? [];
    if (request.method !== "GET" && ours.some((node) => node.id === id))
      return refuse(response, [`the tab "${id}" was changed`]);
    if (request.method !== "GET" && id === "global")
      return refuse(response, ["all nodes that are on no tab were replaced"]);
    if (request.method !== "POST" || path !== "/flows") return next();
    return read(request, response, (error) => {
      if (error) return next(error);
      const nodes = request.body?.flows ?? request.body;
      if (!Array.isArray(nodes)) return next();
      const done = doneTo(
        ours,
        nodes.filter((node) => node !== null && typeof node === "object"),
      );
      return done.length ? refuse(response, done) : next();
    });
  };
}
