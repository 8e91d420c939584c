import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import zlib from "node:zlib";
import zopfli from "@gfx/zopfli";
import express from "express";

import { dashboardAssets } from "../lib/dashboard-files.mjs";
import { denseFiles, firstFiles, makeDense } from "../lib/dense-files.mjs";

const folder = mkdtempSync(path.join(tmpdir(), "dense-"));
const plain = (bytes) => zlib.gzipSync(bytes, { level: 1 });
let server;

before(async () => {
  await makeDense(plain, folder);
  const site = express().use(
    "/assets",
    denseFiles({ keep: "kept", folder: path.join(folder, "none") }),
    denseFiles({ keep: "kept", folder }),
    (_request, response) => response.send("another's"),
  );
  server = site.listen(0, "127.0.0.1");
  await once(server, "listening");
});
after(() => server.close());

/** Headers and bytes as they come over the wire. */
function fetched(name, encoding) {
  const options = {
    port: server.address().port,
    path: `/assets/${name}`,
    headers: { "accept-encoding": encoding },
  };
  return new Promise((resolve, reject) => {
    http
      .get(options, async (response) => {
        const parts = await response.toArray();
        resolve({ headers: response.headers, body: Buffer.concat(parts) });
      })
      .on("error", reject);
  });
}

test("all that the page names is made once", async () => {
  const names = firstFiles();
  assert.ok(names.some((name) => name.endsWith(".css")));
  assert.ok(names.filter((name) => name.endsWith(".js")).length > 2);
  assert.deepEqual(await makeDense(plain, folder), []);
});

test("who takes gzip alone gets the file, and who takes Brotli another's answer", async () => {
  for (const name of firstFiles()) {
    const { headers, body } = await fetched(name, "gzip, deflate");
    assert.equal(headers["content-encoding"], "gzip");
    assert.equal(headers["cache-control"], "kept");
    assert.match(headers["content-type"], /javascript|css/);
    assert.match(headers.vary, /accept-encoding/i);
    const whole = readFileSync(path.join(dashboardAssets(), name));
    assert.ok(zlib.gunzipSync(body).equals(whole), name);
  }
  for (const encoding of ["gzip, deflate, br", "identity"])
    assert.equal(
      String((await fetched(firstFiles()[0], encoding)).body),
      "another's",
    );
  assert.equal(String((await fetched("other.js", "gzip")).body), "another's");
});

test("it is gzip, and denser than zlib's", async () => {
  const name = firstFiles().find((each) => each.startsWith("vue-vendor"));
  const whole = readFileSync(path.join(dashboardAssets(), name));
  const dense = await zopfli.gzipAsync(whole, { numiterations: 1 });
  assert.ok(zlib.gunzipSync(dense).equals(whole));
  assert.ok(dense.length < zlib.gzipSync(whole, { level: 9 }).length * 0.98);
});
