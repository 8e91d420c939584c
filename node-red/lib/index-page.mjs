/** Dashboard 2's page with a title, an icon and colours of our own. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);

/** Where Dashboard's own files are. */
export function dashboardDist() {
  const about = require.resolve("@flowfuse/node-red-dashboard/package.json");
  return path.join(path.dirname(about), "dist");
}

// The theme that was chosen (see web/theme.mjs), before the first paint: nothing flashes.
const THEME = `<script>
try {
  const choice = localStorage.getItem("edgetwin.theme");
  if (choice === "light" || choice === "dark")
    document.documentElement.dataset.theme = choice;
} catch {}
</script>`;

const HEAD = `<meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" data-theme="light">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0d121a" data-theme="dark">
${THEME}
<link rel="stylesheet" href="/app/app.css">
</head>`;

/** The HTML of every page. */
export function indexPage() {
  return readFileSync(path.join(dashboardDist(), "index.html"), "utf8")
    .replace(/<title>.*?<\/title>/, "<title>edgetwin</title>")
    .replace(
      /<link href="data:image\/x-icon[^>]*>/,
      '<link rel="icon" href="/app/icon.svg">',
    )
    .replace(
      /<meta name="description"[^>]*>/,
      '<meta name="description" content="edgetwin">',
    )
    .replace(/<link rel="a[^>]*icon"[^>]*>\s*/g, "")
    .replace(/<meta name="theme-color"[^>]*>\s*/g, "")
    .replace("</head>", HEAD);
}
