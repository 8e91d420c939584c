/** Node-RED's settings: no telemetry, no editor unless it is asked for, flows built by this project. */

import util from "node:util";

import { guardDeploys } from "./lib/deploys.mjs";
import { createGuard, guardSocket } from "./lib/guard.mjs";
import { FLOW_FILE } from "./lib/own-storage.mjs";
import { createStrangers } from "./lib/strangers.mjs";

// Said at every start about what is so on purpose.
const CHATTER = [/^Using unencrypted credentials/, /^Projects disabled/];

/** A Node-RED log handler: one line a message, without the chatter. */
export function logLine({ msg, name, id }) {
  const text =
    typeof msg === "string" ? msg : (msg?.message ?? util.inspect(msg));
  if (CHATTER.some((pattern) => pattern.test(text))) return;
  const who = name || id;
  console.log(who ? `${who}: ${text}` : text);
}

const NODES = new URL("./nodes", import.meta.url).pathname;

/** The settings object for Node-RED's `init`; `ours` are our nodes, `storage` keeps a user's. */
export function nodeRedSettings(config, { storage, ours }) {
  return {
    userDir: config.userDir,
    nodesDir: [NODES],
    storageModule: storage,
    flowFile: FLOW_FILE,
    flowFilePretty: true,
    // A key would lie beside what it locks; the directory is its owner's alone (mode 0700).
    credentialSecret: false,
    httpAdminMiddleware: guardDeploys(ours),
    httpAdminRoot: config.editor ? "/editor" : false,
    httpNodeRoot: "/",
    uiHost: config.host,
    uiPort: config.port,
    disableEditor: !config.editor,
    telemetry: { enabled: false, updateNotification: false },
    // Who may run code in the editor may add modules as well; it asks no catalogue for them.
    externalModules: {
      palette: { allowInstall: config.editor, allowUpload: config.editor },
    },
    functionExternalModules: false,
    functionTimeout: 5,
    dashboard: {
      ioMiddleware: guardSocket(createGuard(config), createStrangers(config)),
    },
    diagnostics: { enabled: false, ui: false },
    runtimeState: { enabled: false, ui: false },
    editorTheme: { tours: false, palette: { catalogues: [] } },
    paletteCategories: [
      "edgetwin",
      "subflows",
      "common",
      "function",
      "network",
    ],
    logging: {
      console: { level: "off", metrics: false, audit: false },
      lines: {
        level: "warn",
        metrics: false,
        audit: false,
        handler: () => logLine,
      },
    },
  };
}
