/**
 * What every page of Dashboard loads, compressed as far as gzip goes: over plain HTTP a browser takes
 * no Brotli. `dense.mjs` makes the files once, as that takes seconds; without them all works as well.
 */

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import express from "express";
import { dashboardAssets, dashboardIndex } from "./dashboard-files.mjs";

export const FOLDER = new URL(
  "../node_modules/.cache/edgetwin",
  import.meta.url,
).pathname;

/** The names of the scripts and the style sheet that its page names; each holds a hash. */
export function firstFiles() {
  const names = dashboardIndex().matchAll(/assets\/([\w-]+\.(?:js|css))"/g);
  return [...new Set([...names].map(([, name]) => name))];
}

const densePath = (folder, name) => path.join(folder, `${name}.gz`);

/** Makes those that are missing with `squeeze` (bytes → a promise of gzip); their names. */
export async function makeDense(squeeze, folder = FOLDER) {
  mkdirSync(folder, { recursive: true });
  const missing = firstFiles().filter(
    (name) => !existsSync(densePath(folder, name)),
  );
  for (const name of missing) {
    const whole = readFileSync(path.join(dashboardAssets(), name));
    const made = densePath(folder, name);
    await writeFile(`${made}.new`, await squeeze(whole));
    await rename(`${made}.new`, made);
  }
  return missing;
}

/** Express middleware below Dashboard's assets; `keep` is their Cache-Control. */
export function denseFiles({ keep, folder = FOLDER }) {
  const names = new Set(firstFiles());
  const known = new Map();
  function dense(name) {
    const file = densePath(folder, name);
    if (names.has(name) && !known.has(name) && existsSync(file))
      known.set(name, readFileSync(file));
    return known.get(name);
  }
  const router = express.Router();
  router.get("/:name", (request, response, next) => {
    const { name } = request.params;
    const bytes = dense(name);
    if (!bytes) return next();
    response.vary("Accept-Encoding");
    if (request.acceptsEncodings("br") || !request.acceptsEncodings("gzip"))
      return next();
    return response
      .set("Content-Encoding", "gzip")
      .set("Cache-Control", keep)
      .type(path.extname(name))
      .send(bytes);
  });
  return router;
}
