/** The pages' modules, styles, fonts and icons below `/app`, each also below `/app/v-VERSION`. */

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import express from "express";
import { sharedEcharts } from "./dashboard-files.mjs";
import { iconFont, iconFace } from "./icon-font.mjs";
import { splitComponent, toModule } from "./sfc.mjs";
import { textFont } from "./text-font.mjs";
import { scriptWithoutComments, styleWithoutComments } from "./uncommented.mjs";

const require = createRequire(import.meta.url);
const WEB = new URL("../web/", import.meta.url).pathname;
const FOLDERS = ["", "languages", "pages", "parts"];
/** What never changes under its name: a year, and not asked for again. Behind a password: private. */
export const FOR_EVER = "private, max-age=31536000, immutable";
const ASK_AGAIN = "private, no-cache";

function webFiles() {
  return FOLDERS.flatMap((folder) =>
    readdirSync(path.join(WEB, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => path.join(WEB, folder, name))
      .sort(),
  );
}

function vueFiles() {
  return webFiles().filter((name) => name.endsWith(".vue"));
}

/** A word that changes with any of the files: `v-` and twelve hex digits. */
export function webVersion() {
  const hash = createHash("sha256");
  for (const file of webFiles()) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return `v-${hash.digest("hex").slice(0, 12)}`;
}

/** The colours, the base style sheet, each component's own, and what is another on paper. */
export function styleSheet() {
  const read = (file) => readFileSync(path.join(WEB, file), "utf8");
  const shared = ["colours.css", "base.css"].map(read);
  const styles = vueFiles().map(
    (file) => splitComponent(readFileSync(file, "utf8")).style,
  );
  return styleWithoutComments(
    [iconFace(), ...shared, ...styles, read("print.css")].join("\n"),
  );
}

/** A component becomes a module first. */
function sendScript(request, response, next) {
  const file = path.join(WEB, request.path);
  if (!webFiles().includes(file)) return next();
  const source = readFileSync(file, "utf8");
  const script = file.endsWith(".vue")
    ? toModule(source, request.path)
    : source;
  return response.type("js").send(scriptWithoutComments(script));
}

/** What the dashboard is made of, by name, for the page of the software. */
export function versions() {
  const of = (name) => require(name).version;
  return {
    Dashboard: of("../package.json"),
    "Node-RED": of("node-red/package.json"),
    "Dashboard 2": of("@flowfuse/node-red-dashboard/package.json"),
    "Node.js": process.versions.node,
  };
}

function keepAsLong(request, response, next) {
  const isCurrent = request.params.version === webVersion();
  response.set("Cache-Control", isCurrent ? FOR_EVER : ASK_AGAIN);
  next();
}

function files() {
  const router = express.Router();
  router.get("/app.css", (_request, response) =>
    response.type("css").send(styleSheet()),
  );
  router.get("/echarts.mjs", (_request, response) =>
    response.type("js").send(sharedEcharts()),
  );
  router.get(/^\/(?:(?:pages|parts)\/)?[a-z-]+\.(?:vue|mjs)$/, sendScript);
  router.get("/versions.json", (_request, response) =>
    response.json(versions()),
  );
  router.get("/icons.woff2", (_request, response, next) =>
    iconFont()
      .then((font) => response.type("font/woff2").send(font))
      .catch(next),
  );
  router.get("/inter.woff2", (_request, response, next) =>
    textFont()
      .then((font) => response.type("font/woff2").send(font))
      .catch(next),
  );
  router.use(express.static(WEB, { index: false, cacheControl: false }));
  return router;
}

/**
 * Express middleware. A page names the version it came with, so that its browser need not ask again
 * for what it has; what belongs to another version is answered with what there is now, not to be kept.
 */
export function webModules() {
  const router = express.Router();
  const served = files();
  router.use("/:version(v-[0-9a-f]{12})", keepAsLong, served);
  router.use(keepAsLong, served);
  return router;
}
