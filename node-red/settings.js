/** Node-RED's settings: no editor, no telemetry, no palette, flows built by this project. */

import util from "node:util";

import { createGuard, guardSocket } from "./lib/guard.mjs";
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

/** The settings object for Node-RED's `init`, from the dashboard's configuration. */
export function nodeRedSettings(config) {
  return {
    userDir: config.userDir,
    flowFile: "flows.json",
    flowFilePretty: true,
    // The credentials file holds the names of environment variables only.
    credentialSecret: false,
    httpAdminRoot: config.editor ? "/editor" : false,
    httpNodeRoot: "/",
    uiHost: config.host,
    uiPort: config.port,
    disableEditor: !config.editor,
    telemetry: { enabled: false, updateNotification: false },
    externalModules: { palette: { allowInstall: false, catalogues: [] } },
    functionExternalModules: false,
    functionTimeout: 5,
    dashboard: {
      ioMiddleware: guardSocket(createGuard(config), createStrangers(config)),
    },
    diagnostics: { enabled: false, ui: false },
    runtimeState: { enabled: false, ui: false },
    editorTheme: { tours: false },
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
