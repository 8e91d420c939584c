/** The express application around Node-RED: guard, proxy, the pages' modules and their assets. */

import zlib from "node:zlib";
import compression from "compression";
import express from "express";
import { dashboardAssets } from "./dashboard-files.mjs";
import { denseFiles } from "./dense-files.mjs";
import { createGuard, guardHttp } from "./guard.mjs";
import { indexPage } from "./index-page.mjs";
import { createProxy } from "./proxy.mjs";
import { createStrangers } from "./strangers.mjs";
import { FOR_EVER, webModules } from "./web-files.mjs";

const FIRST_PAGE = "/dashboard/fleet";
// Of any page's address: of one that is none the first is shown, and looks as it does.
const PAGE = /^\/dashboard\/(?!assets$|socket\.io$)[A-Za-z0-9][\w-]*\/?$/;
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

// What is kept for ever is compressed once a browser: it may take a second. A download in CSV is
// long, and goes as fast as it can.
const COMPRESSED = {
  level: 9,
  filter: (request, response) =>
    !/csv/.test(response.getHeader("content-type")) &&
    compression.filter(request, response),
  brotli: { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 7 } },
};

/** Dashboard's files whose names hold a hash; what is not among them is Node-RED's to answer. */
function hashedFiles() {
  return express.static(dashboardAssets(), {
    index: false,
    cacheControl: false,
    setHeaders: (response) => response.set("Cache-Control", FOR_EVER),
  });
}

/** What is chosen in the address, as "?wall"; empty where nothing is. */
function queryOf({ url }) {
  const at = url.indexOf("?");
  return at < 0 ? "" : url.slice(at);
}

function securityHeaders(_request, response, next) {
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "same-origin");
  next();
}

/** The application; `nodeRed` is Node-RED's own, mounted last. */
export function createSite({ config, nodeRed, editor }) {
  const site = express();
  site.disable("x-powered-by");
  site.use(
    guardHttp(createGuard(config), createStrangers(config)),
    securityHeaders,
  );
  // The page's own links are relative, so it must not be shown one level higher.
  site.get(["/", "/dashboard"], (request, response) =>
    response.redirect(`${FIRST_PAGE}${queryOf(request)}`),
  );
  site.get(/^\/ui(\/.*)?$/, (request, response) =>
    response.redirect(
      `/dashboard${request.url.replace(/^\/ui\/?/, "/").replace(/^\/$/, "")}`,
    ),
  );
  site.use("/dashboard/assets", denseFiles({ keep: FOR_EVER }));
  site.use(["/api", "/app", "/dashboard"], compression(COMPRESSED));
  site.use("/api", createProxy(config));
  site.use("/app", webModules());
  site.use("/dashboard/assets", hashedFiles());
  site.get(PAGE, (_request, response) =>
    response
      .set("Content-Security-Policy", CONTENT_SECURITY_POLICY)
      .set("Cache-Control", "private, no-cache")
      .type("html")
      .send(indexPage()),
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
