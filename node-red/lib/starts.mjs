/** Counts starts that ended badly: a user's flow that takes Node-RED down must not do so for ever. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

export const MOST_BAD_STARTS = 3;
const WELL_AFTER_MS = 600_000;

function read(file) {
  try {
    const bad = JSON.parse(readFileSync(file, "utf8"));
    return Number.isInteger(bad) && bad >= 0 ? bad : 0;
  } catch {
    return 0; // none, or cut off while it was written
  }
}

/**
 * `begin()` notes a start and returns how many before it, one after the other, ended neither by
 * `end()` nor after they had run for ten minutes.
 */
export function createStarts(file) {
  const end = () => rmSync(file, { force: true });
  return {
    begin() {
      const bad = read(file);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, String(bad + 1));
      setTimeout(end, WELL_AFTER_MS).unref();
      return bad;
    },
    end,
  };
}
