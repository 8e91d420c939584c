import assert from "node:assert/strict";
import { test } from "node:test";
import { createGuard } from "../lib/guard.mjs";

const basic = (password) =>
  `Basic ${Buffer.from(`me:${password}`).toString("base64")}`;

test("on loopback only local names are served, so a rebound DNS name is not", () => {
  const guard = createGuard({ host: "127.0.0.1", token: "" });
  for (const host of [
    "127.0.0.1:1880",
    "localhost:1880",
    "[::1]:1880",
    "localhost",
  ])
    assert.equal(guard({ host }), null);
  for (const host of [
    "evil.example",
    "127.0.0.1.evil.example:1880",
    "",
    undefined,
  ])
    assert.equal(guard({ host }).status, 403);
});

test("another site's page is refused, its own is not", () => {
  const guard = createGuard({ host: "127.0.0.1", token: "" });
  const host = "127.0.0.1:1880";
  assert.equal(guard({ host, origin: "http://127.0.0.1:1880" }), null);
  assert.equal(guard({ host, origin: "https://evil.example" }).status, 403);
  assert.equal(guard({ host, origin: "http://127.0.0.1:9999" }).status, 403);
  assert.equal(guard({ host, origin: "null" }).status, 403);
  const behindProxy = {
    host,
    origin: "https://shop.example",
    "x-forwarded-host": "shop.example",
  };
  assert.equal(guard(behindProxy), null);
});

test("where a token is set it is the password, on loopback too", () => {
  for (const [bound, host] of [
    ["0.0.0.0", "192.168.1.4:1880"],
    ["127.0.0.1", "127.0.0.1:1880"],
  ])
    wantsPassword(createGuard({ host: bound, token: "s3cret" }), host);
});

function wantsPassword(guard, host) {
  assert.equal(guard({ host }).status, 401);
  assert.equal(guard({ host, authorization: basic("wrong") }).status, 401);
  assert.equal(guard({ host, authorization: "Bearer s3cret" }).status, 401);
  assert.equal(guard({ host, authorization: basic("s3cret") }), null);
}
