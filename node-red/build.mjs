/** Command line of the assembler: writes the flows to a file, or with --check only looks at them. */

import { readFileSync, writeFileSync } from "node:fs";
import { assemble } from "./lib/assemble.mjs";
import { readConfig } from "./lib/config.mjs";

const USAGE = "usage: node build.mjs --check | node build.mjs FILE";
const root = new URL("..", import.meta.url).pathname;
const nodes = assemble(readConfig(process.env, root));
const [target] = process.argv.slice(2);

if (!target) {
  console.error(USAGE);
  process.exitCode = 2;
} else if (target === "--check") {
  console.log(`${nodes.length} nodes, every wire and id leads somewhere.`);
} else {
  const text = `${JSON.stringify(nodes, null, 2)}\n`;
  writeFileSync(target, text);
  console.log(
    `${target}: ${nodes.length} nodes, ${readFileSync(target).length} bytes.`,
  );
}
