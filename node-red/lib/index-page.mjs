/** Dashboard 2's page with a title, an icon and colours of our own. */

import { dashboardIndex } from "./dashboard-files.mjs";
import { webVersion } from "./web-files.mjs";

// The theme that was chosen (see web/theme.mjs), before the first paint: nothing flashes.
const THEME = `<script>
try {
  const choice = localStorage.getItem("edgetwin.theme");
  if (choice === "light" || choice === "dark")
    document.documentElement.dataset.theme = choice;
} catch {}
</script>`;

// A browser asks for the manifest without the password unless it is told to send it.
const INSTALLED = `<link rel="manifest" href="/app/manifest.webmanifest" crossorigin="use-credentials">
<link rel="apple-touch-icon" href="/app/icon-180.png">`;

/** A module that says `/app/…` gets the one of this version, which its browser may keep. */
function head() {
  const app = `/app/${webVersion()}/`;
  // What is relative to one of this version is of this version already.
  const map = JSON.stringify({ imports: { "/app/": app, [app]: app } });
  return `<meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" data-theme="light">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0d121a" data-theme="dark">
${INSTALLED}
${THEME}
<script type="importmap">${map}</script>
<link rel="stylesheet" href="${app}app.css">
</head>`;
}

/** The HTML of every page. */
export function indexPage() {
  return dashboardIndex()
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
    .replace("</head>", head());
}
