/** Node-RED's settings: no editor, no telemetry, no palette, flows built by this project. */

import { createGuard, guardSocket } from "./lib/guard.mjs";

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
    dashboard: { ioMiddleware: guardSocket(createGuard(config)) },
    diagnostics: { enabled: false, ui: false },
    runtimeState: { enabled: false, ui: false },
    editorTheme: { tours: false, projects: { enabled: false } },
    logging: { console: { level: "warn", metrics: false, audit: false } },
  };
}
