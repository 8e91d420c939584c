/** What Dashboard 2 brings along: its page, its ECharts and its icons, of which we use parts. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);
const ADDRESS = "/dashboard/assets";

/** Where its files are. */
export function dashboardDist() {
  const about = require.resolve("@flowfuse/node-red-dashboard/package.json");
  return path.join(path.dirname(about), "dist");
}

/** The HTML of its pages. */
export function dashboardIndex() {
  return readFileSync(path.join(dashboardDist(), "index.html"), "utf8");
}

/** Where its files with a hash in their names are: they never change. */
export function dashboardAssets() {
  return path.join(dashboardDist(), "assets");
}

function asset(pattern, what) {
  const [, name] = pattern.exec(dashboardIndex()) ?? [];
  if (!name) throw new Error(`Dashboard's page names no ${what}.`);
  return readFileSync(path.join(dashboardAssets(), name), "utf8");
}

/** Its style sheet. */
export function dashboardStyles() {
  return asset(/href="\.\/assets\/(index-[\w-]+\.css)"/, "style sheet");
}

/**
 * A module with `init` of the ECharts that every page of Dashboard has loaded already: a second
 * copy would be 0.2 MB over the wire. Throws Error where Dashboard does not share it.
 */
export function sharedEcharts() {
  const main = asset(/src="\.\/assets\/(index-[\w-]+\.js)"/, "script");
  const [, init, chunk] =
    /import\{(\w+) as init\}from"\.\/(echarts-[\w-]+\.js)"/.exec(main) ?? [];
  if (!chunk)
    throw new Error(
      "Dashboard's script no longer shares its ECharts: depend on echarts and serve that.",
    );
  return `export { ${init} as init } from "${ADDRESS}/${chunk}";\n`;
}
