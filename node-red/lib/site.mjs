/** The express application around Node-RED: guard, proxy, the pages' modules and their assets. */

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import express from "express";
import { createGuard, guardHttp } from "./guard.mjs";
import { indexPage } from "./index-page.mjs";
import { createProxy } from "./proxy.mjs";
import { createStrangers } from "./strangers.mjs";
import { splitComponent, toModule } from "./sfc.mjs";

const require = createRequire(import.meta.url);
const WEB = new URL("../web/", import.meta.url).pathname;
const FIRST_PAGE = "/dashboard/fleet";
const PAGES = ["/fleet", "/machine", "/energy", "/faults", "/types", "/system"];
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  // Dashboard 2 compiles templates in the browser and sets styles inline.
  "script-src 'self' 'unsafe-eval' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "frame-ancestors 'self'",
  "base-uri 'self'",
  "form-action 'self'",
].join("; ");

function packageFile(name) {
  return require.resolve(name);
}

function vueFiles() {
  return ["", "pages", "parts"].flatMap((folder) =>
    readdirSync(path.join(WEB, folder))
      .filter((name) => name.endsWith(".vue"))
      .sort()
      .map((name) => path.join(WEB, folder, name)),
  );
}

/** The base style sheet, then each component's own. */
export function styleSheet() {
  const styles = vueFiles().map(
    (file) => splitComponent(readFileSync(file, "utf8")).style,
  );
  const shared = ["colours.css", "base.css"].map((name) =>
    readFileSync(path.join(WEB, name), "utf8"),
  );
  return [...shared, ...styles].join("\n");
}

function webModules() {
  const router = express.Router();
  router.get("/app.css", (_request, response) =>
    response.type("css").send(styleSheet()),
  );
  router.get(
    /^\/(?:(?:pages|parts)\/)?[a-z-]+\.vue$/,
    (request, response, next) => {
      const file = path.join(WEB, request.path);
      if (!vueFiles().includes(file)) return next();
      return response
        .type("js")
        .send(toModule(readFileSync(file, "utf8"), request.path));
    },
  );
  router.get("/echarts.js", (_request, response) =>
    response.sendFile(packageFile("echarts/dist/echarts.common.min.js"), {
      maxAge: "7d",
    }),
  );
  router.get("/inter.woff2", (_request, response) =>
    response.sendFile(
      path.join(
        path.dirname(packageFile("@fontsource-variable/inter/package.json")),
        "files/inter-latin-wght-normal.woff2",
      ),
      { maxAge: "7d" },
    ),
  );
  router.use(express.static(WEB, { index: false }));
  return router;
}

function securityHeaders(_request, response, next) {
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "same-origin");
  next();
}

/** The application; `nodeRed` is Node-RED's own, mounted last. */
export function createSite({ config, nodeRed, editor }) {
  const site = express();
  const index = indexPage();
  site.disable("x-powered-by");
  site.use(
    guardHttp(createGuard(config), createStrangers(config)),
    securityHeaders,
  );
  // The page's own links are relative, so it must not be shown one level higher.
  site.get(["/", "/dashboard"], (_request, response) =>
    response.redirect(FIRST_PAGE),
  );
  site.get(/^\/ui(\/.*)?$/, (request, response) =>
    response.redirect(
      `/dashboard${request.url.replace(/^\/ui\/?/, "/").replace(/^\/$/, "")}`,
    ),
  );
  site.use("/api", createProxy(config));
  site.use("/app", webModules());
  site.get(
    PAGES.map((page) => `/dashboard${page}`),
    (_request, response) =>
      response
        .set("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .type("html")
        .send(index),
  );
  if (!config.editor) {
    // Dashboard's debug view shows every stored message to anybody.
    site.use("/dashboard/_debug", (_request, response) =>
      response.sendStatus(404),
    );
  }
  if (editor) site.use("/editor", editor);
  site.use(nodeRed);
  return site;
}
