import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import {
  ConfigError,
  isLoopback,
  readConfig,
  withEnvFile,
} from "../lib/config.mjs";

const { strong: STRONG, weak: WEAK } = JSON.parse(
  readFileSync(new URL("../../tests/fixtures/tokens.json", import.meta.url)),
);
const [GOOD] = STRONG;

test("without any variable everything is on loopback below the root", () => {
  const config = readConfig({}, "/srv/edgetwin");
  assert.equal(config.host, "127.0.0.1");
  assert.equal(config.port, 1880);
  assert.equal(config.gatewayUrl, "http://127.0.0.1:8000");
  assert.equal(config.userDir, "/srv/edgetwin/var/dashboard");
  assert.equal(config.editor, false);
});

test("a relative data directory starts at the root, an absolute one stays", () => {
  assert.equal(
    readConfig({ EDGETWIN_DATA_DIR: "d" }, "/r").userDir,
    "/r/d/dashboard",
  );
  assert.equal(
    readConfig({ EDGETWIN_DATA_DIR: "/d" }, "/r").userDir,
    "/d/dashboard",
  );
});

test("a bad port is named", () => {
  for (const port of ["0", "65536", "http", "18.5", "-1"])
    assert.throws(
      () => readConfig({ EDGETWIN_DASHBOARD_PORT: port }, "/"),
      (error) =>
        error instanceof ConfigError &&
        error.message.includes("EDGETWIN_DASHBOARD_PORT"),
    );
});

test("a site that would reach into other topics is refused", () => {
  for (const site of ["a/b", "+", "#", "a b", "-a"])
    assert.throws(
      () => readConfig({ EDGETWIN_SITE: site }, "/"),
      /EDGETWIN_SITE/,
    );
});

test("beyond loopback a token is required, and the editor is refused", () => {
  const open = { EDGETWIN_HOST: "0.0.0.0" };
  assert.throws(() => readConfig(open, "/"), /EDGETWIN_API_TOKEN/);
  const config = readConfig({ ...open, EDGETWIN_API_TOKEN: GOOD }, "/");
  assert.equal(config.gatewayUrl, "http://127.0.0.1:8000");
  assert.throws(
    () =>
      readConfig(
        { ...open, EDGETWIN_API_TOKEN: GOOD, EDGETWIN_EDITOR: "1" },
        "/",
      ),
    /EDGETWIN_EDITOR/,
  );
});

test("beyond loopback a token that can be guessed is refused", () => {
  const open = { EDGETWIN_HOST: "0.0.0.0" };
  for (const token of WEAK)
    assert.throws(
      () => readConfig({ ...open, EDGETWIN_API_TOKEN: token }, "/"),
      /EDGETWIN_API_TOKEN .*openssl rand -hex 32/,
      token,
    );
  for (const token of STRONG)
    assert.equal(
      readConfig({ ...open, EDGETWIN_API_TOKEN: token }, "/").token,
      token,
    );
  const loopback = { EDGETWIN_API_TOKEN: "x" };
  assert.equal(readConfig(loopback, "/").token, "x");
});

test("loopback is told from what only looks like it", () => {
  for (const host of ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
    assert.ok(isLoopback(host));
  for (const host of ["127.0.0.1.evil.example", "0.0.0.0", "192.168.1.4", ""])
    assert.ok(!isLoopback(host));
});

test("the file gives what the environment does not", () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "env-")), ".env");
  writeFileSync(
    file,
    '# comment\nEDGETWIN_SITE=hall # why\nEDGETWIN_API_TOKEN="a # b"\nEDGETWIN_HOST=::1\nEMPTY=\n',
  );
  const env = withEnvFile({ EDGETWIN_HOST: "127.0.0.1" }, file);
  assert.equal(env.EDGETWIN_SITE, "hall");
  assert.equal(env.EDGETWIN_API_TOKEN, "a # b");
  assert.equal(env.EDGETWIN_HOST, "127.0.0.1");
  assert.equal(env.EMPTY, "");
  assert.deepEqual(withEnvFile({ A: "1" }, `${file}.none`), { A: "1" });
});
