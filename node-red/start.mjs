/** Starts the dashboard: settings from the environment, flows assembled, Node-RED in one server. */

import { existsSync, mkdirSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { assemble, FlowError } from "./lib/assemble.mjs";
import { ConfigError, readConfig, withEnvFile } from "./lib/config.mjs";
import { createStorage, FLOW_FILE } from "./lib/own-storage.mjs";
import { createGuard, guardEditor } from "./lib/guard.mjs";
import { LIMITS, limitConnections } from "./lib/patience.mjs";
import { standInForMissing } from "./lib/placeholders.mjs";
import { createSite } from "./lib/site.mjs";
import { createStrangers } from "./lib/strangers.mjs";
import { createStarts, MOST_BAD_STARTS } from "./lib/starts.mjs";
import { nodeRedSettings } from "./settings.js";

const RED = createRequire(import.meta.url)("node-red");
const ROOT = new URL("..", import.meta.url).pathname;
const STOP_WITHIN_MS = 5000;

// Filled in from the environment, so that no file and no export holds them.
const CREDENTIALS = {
  broker: {
    user: "${EDGETWIN_BROKER_USERNAME}",
    password: "${EDGETWIN_BROKER_PASSWORD}",
  },
  "edgetwin-here": { user: "", password: "", token: "${EDGETWIN_API_TOKEN}" },
};

function say(text) {
  console.error(`dashboard: ${text}`);
}

function areTooBad(badStarts) {
  if (badStarts < MOST_BAD_STARTS) return false;
  say(
    `${badStarts} starts in a row ended within minutes: your own tabs are switched off this time. ` +
      "With EDGETWIN_EDITOR=1 mend them in the editor, enable them and deploy.",
  );
  return true;
}

function storageOf(config, { ours, badStarts }) {
  mkdirSync(config.userDir, { recursive: true });
  return createStorage({
    ours,
    credentials: CREDENTIALS,
    userDir: config.userDir,
    off:
      existsSync(path.join(config.userDir, FLOW_FILE)) && areTooBad(badStarts),
    say,
  });
}

/** Where a reader needs no login: the broker of `make up` has a socket for its own user. */
function brokerForNodes({ dataDir, brokerHost, brokerPort }) {
  const folder = path.join(dataDir, "broker");
  return existsSync(folder)
    ? `mqtt+unix://${encodeURI(path.join(folder, "local.sock"))}`
    : `mqtt://${brokerHost.includes(":") ? `[${brokerHost}]` : brokerHost}:${brokerPort}`;
}

function exportToNodes(config) {
  // Node-RED fills ${NAME} in node properties from the environment.
  process.env.EDGETWIN_BROKER_HOST = config.brokerHost;
  process.env.EDGETWIN_BROKER_PORT = String(config.brokerPort);
  process.env.EDGETWIN_BROKER_USERNAME = config.brokerUsername;
  process.env.EDGETWIN_BROKER_PASSWORD = config.brokerPassword;
  process.env.EDGETWIN_NODES_BROKER = brokerForNodes(config);
  process.env.EDGETWIN_API_TOKEN = config.token;
}

function listen(server, config) {
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        error.code === "EADDRINUSE"
          ? new ConfigError(
              `Port ${config.port} is in use: stop the program that holds it, ` +
                "or set EDGETWIN_DASHBOARD_PORT to another one.",
            )
          : error,
      ),
    );
    server.listen(config.port, config.host, resolve);
  });
}

function stopOnSignal(server, starts) {
  const stop = async () => {
    starts.end();
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    server.close();
    server.closeAllConnections?.();
    await RED.stop();
    process.exit(0);
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

async function main() {
  process.umask(0o077); // what it writes is its owner's alone
  const config = readConfig(
    withEnvFile(process.env, path.join(ROOT, ".env")),
    ROOT,
  );
  exportToNodes(config);
  const ours = assemble(config);
  const server = limitConnections(http.createServer(LIMITS));
  const starts = createStarts(
    path.join(config.dataDir, "run", "dashboard.bad"),
  );
  await listen(server, config); // first of all: another one that runs is not to be counted
  const storage = storageOf(config, { ours, badStarts: starts.begin() });
  RED.init(server, nodeRedSettings(config, { storage, ours }));
  standInForMissing(RED, say);
  if (config.editor)
    server.on(
      "upgrade",
      guardEditor(createGuard(config), createStrangers(config)),
    );
  server.on(
    "request",
    createSite({
      config,
      nodeRed: RED.httpNode,
      editor: config.editor ? RED.httpAdmin : null,
    }),
  );
  stopOnSignal(server, starts);
  await RED.start();
  console.log(`dashboard: ${config.url}`);
  if (config.editor)
    console.log(`flow editor: ${config.url.replace(/dashboard$/, "editor")}`);
}

main().catch((error) => {
  const expected = error instanceof ConfigError || error instanceof FlowError;
  console.error(expected ? `dashboard: ${error.message}` : error);
  process.exit(1);
});
