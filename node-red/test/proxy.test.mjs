import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import express from "express";
import { createProxy, isAllowed } from "../lib/proxy.mjs";

const seen = [];
let gateway;
let site;
let base;

function listening(server) {
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(server.address().port)),
  );
}

before(async () => {
  gateway = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      seen.push({
        method: request.method,
        url: request.url,
        headers: request.headers,
        body,
      });
      if (request.url.includes("export.csv")) {
        response.writeHead(200, {
          "content-type": "text/csv",
          "content-disposition": "attachment; filename=x.csv",
          "x-secret": "inside",
        });
        response.write("time_ms\n");
        response.end("1\n");
      } else if (request.method === "GET" && request.url.includes("/photo")) {
        response.writeHead(200, {
          "content-type": "image/webp",
          "cache-control": "private, no-cache",
          "content-security-policy": "default-src 'none'; sandbox",
          "x-content-type-options": "nosniff",
          etag: '"2-small"',
          "x-secret": "inside",
        });
        response.end("picture");
      } else {
        response.writeHead(409, { "content-type": "application/problem+json" });
        response.end('{"detail":"fan-01 is offline."}');
      }
    });
  });
  const port = await listening(gateway);
  const app = express();
  app.use(
    "/api",
    createProxy({ gatewayUrl: `http://127.0.0.1:${port}`, token: "s3cret" }),
  );
  app.use(
    "/dead",
    createProxy({ gatewayUrl: "http://127.0.0.1:1", token: "" }),
  );
  site = http.createServer(app);
  base = `http://127.0.0.1:${await listening(site)}`;
});

after(() => {
  gateway.close();
  site.close();
});

test("what the pages need is allowed", () => {
  assert.ok(!isAllowed("GET", "/devices/fan-01/eventsxcsv"));
  const reads = [
    "/health",
    "/catalogue",
    "/devices",
    "/devices/fan-01",
    "/devices/a.b_c-1/history",
    "/history",
    "/log",
    "/devices/fan-01/timeline",
    "/devices/fan-01/export.csv",
    "/devices/fan-01/export.parquet",
    "/kpis.csv",
    "/devices/fan-01/states",
    "/devices/fan-01/events",
    "/devices/fan-01/events.csv",
    "/devices/fan-01/maintenance",
    "/devices/fan-01/health",
    "/devices/fan-01/kpis",
    "/energy",
    "/energy/comparison",
    "/kpis/by/operator",
    "/power",
    "/kpis",
    "/alarms",
    "/alarms/statistics",
    "/quarantine",
    "/delivery",
    "/maintenance-windows",
  ];
  for (const path of reads) assert.ok(isAllowed("GET", path), path);
  assert.ok(isAllowed("POST", "/devices/fan-01/commands"));
  assert.ok(isAllowed("POST", "/maintenance-windows"));
  assert.ok(isAllowed("GET", "/waiting-boards"));
  assert.ok(isAllowed("POST", "/waiting-boards/fan-01/login"));
  assert.ok(!isAllowed("POST", "/waiting-boards"));
  assert.ok(isAllowed("DELETE", "/maintenance-windows/9f2c41aa"));
  assert.ok(!isAllowed("DELETE", "/maintenance-windows"));
  assert.ok(isAllowed("GET", "/devices/fan-01/catalogue"));
  assert.ok(isAllowed("POST", "/devices/fan-01/make-type"));
  assert.ok(isAllowed("POST", "/alarms/17/acknowledge"));
  assert.ok(isAllowed("POST", "/alarms/17/unacknowledge"));
  assert.ok(isAllowed("POST", "/alarms/17/shelve"));
  assert.ok(isAllowed("POST", "/alarms/17/unshelve"));
  assert.ok(isAllowed("PUT", "/alarms/17/verdict"));
  assert.ok(isAllowed("DELETE", "/alarms/17/verdict"));
  assert.ok(isAllowed("GET", "/verdicts.csv"));
  assert.ok(isAllowed("POST", "/alarms/acknowledge"));
  assert.ok(isAllowed("GET", "/devices/fan-01/registry"));
  assert.ok(isAllowed("PATCH", "/devices/fan-01/registry"));
  for (const path of ["/params", "/devices/fan-01/params"])
    for (const method of ["GET", "PUT"])
      assert.ok(isAllowed(method, path), `${method} ${path}`);
  assert.ok(isAllowed("PUT", "/devices/fan-01/settings"));
  assert.ok(!isAllowed("PUT", "/devices/fan-01/registry"));
  assert.ok(!isAllowed("DELETE", "/devices/fan-01/registry"));
  for (const path of ["lives", "removal", "qr.svg"])
    assert.ok(isAllowed("GET", `/devices/fan-01/${path}`), path);
  assert.ok(isAllowed("POST", "/devices"));
  assert.ok(isAllowed("PUT", "/devices/fan-01/stage"));
  assert.ok(isAllowed("POST", "/devices/fan-01/replace"));
  assert.ok(isAllowed("DELETE", "/devices/fan-01"));
});

test("everything else is not", () => {
  const refused = [
    ["GET", "/metrics"],
    ["GET", "/docs"],
    ["GET", "/"],
    ["GET", "//health"],
    ["GET", "/health/"],
    ["GET", "/devices/../metrics"],
    ["GET", "/devices/%2e%2e/latest"],
    ["GET", "/devices/a/b/latest"],
    ["GET", "/devices/fan-01/commands"],
    ["POST", "/health"],
    ["POST", "/alarms/x/acknowledge"],
    ["DELETE", "/devices"],
    ["DELETE", "/devices/fan-01/history"],
    ["GET", "/devices/fan-01/replace"],
    ["PUT", "/devices/fan-01/commands"],
    ["GET", `/devices/${"a".repeat(65)}`],
  ];
  for (const [method, path] of refused)
    assert.ok(!isAllowed(method, path), `${method} ${path}`);
});

test("the token is added here and the browser's own headers stay behind", async () => {
  const answer = await fetch(
    `${base}/api/devices/fan-01/export.csv?from=1&to=2`,
    {
      headers: {
        cookie: "a=b",
        authorization: "Bearer mine",
        "x-forwarded-for": "10.0.0.9",
      },
    },
  );
  assert.equal(await answer.text(), "time_ms\n1\n");
  assert.equal(
    answer.headers.get("content-disposition"),
    "attachment; filename=x.csv",
  );
  assert.equal(answer.headers.get("x-secret"), null);
  const request = seen.at(-1);
  assert.equal(request.url, "/devices/fan-01/export.csv?from=1&to=2");
  assert.equal(request.headers.authorization, "Bearer s3cret");
  assert.equal(request.headers["x-forwarded-for"], "127.0.0.1");
  assert.equal(request.headers.cookie, undefined);
});

test("a command is passed on, and the gateway's problem comes back as it is", async () => {
  const body = '{"name":"clear_fault","args":{}}';
  const answer = await fetch(`${base}/api/devices/fan-01/commands`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  assert.equal(answer.status, 409);
  assert.equal((await answer.json()).detail, "fan-01 is offline.");
  assert.equal(seen.at(-1).body, body);
});

test("a form of another site, and a flood, never reach the gateway", async () => {
  const count = seen.length;
  const plain = await fetch(`${base}/api/devices/fan-01/commands`, {
    method: "POST",
    body: "{}",
  });
  assert.equal(plain.status, 415);
  const large = await fetch(`${base}/api/devices/fan-01/commands`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `"${"x".repeat(20_000)}"`,
  });
  assert.equal(large.status, 413);
  const closed = await fetch(`${base}/api/metrics`);
  assert.equal(closed.status, 404);
  assert.equal(closed.headers.get("content-type"), "application/problem+json");
  assert.equal(seen.length, count);
});

test("a picture passes on its one way, whole, and nothing else does", async () => {
  const photo = `${base}/api/devices/fan-01/photo?by=Sam`;
  const picture = Buffer.alloc(300_000, 0xff);
  const put = (url, type, body) =>
    fetch(url, { method: "PUT", headers: { "content-type": type }, body });
  await put(photo, "image/jpeg", picture);
  const request = seen.at(-1);
  assert.equal(request.url, "/devices/fan-01/photo?by=Sam");
  assert.equal(request.headers["content-type"], "image/jpeg");
  assert.equal(request.headers["content-length"], `${picture.length}`);
  assert.ok(isAllowed("DELETE", "/devices/fan-01/photo"));
  const count = seen.length;
  const elsewhere = `${base}/api/devices/fan-01/settings`;
  const small = Buffer.alloc(100);
  for (const [url, type, body, status] of [
    [photo, "image/svg+xml", small, 415],
    [photo, "application/json", "{}", 415],
    [photo, "text/plain", small, 415],
    [elsewhere, "image/jpeg", small, 415],
    [elsewhere, "application/json", `"${"x".repeat(20_000)}"`, 413],
    [photo, "image/png", Buffer.alloc(2 * 1024 * 1024 + 1), 413],
    [photo.replace("/photo", "/photos"), "image/png", small, 404],
    [photo.replace("fan-01", "%2e%2e"), "image/png", small, 404],
  ]) {
    const answer = await put(url, type, body);
    assert.equal(answer.status, status, `${type} to ${url}`);
  }
  assert.equal(seen.length, count);
});

test("a photo comes back with what keeps it a picture, and is asked for by its tag", async () => {
  const headers = { "if-none-match": '"1-full"' };
  const photo = await fetch(`${base}/api/devices/fan-01/photo?size=small`, {
    headers,
  });
  assert.equal(seen.at(-1).headers["if-none-match"], '"1-full"');
  assert.deepEqual(
    ["etag", "cache-control", "x-content-type-options", "x-secret"].map(
      (name) => photo.headers.get(name),
    ),
    ['"2-small"', "private, no-cache", "nosniff", null],
  );
  assert.match(photo.headers.get("content-security-policy"), /sandbox/);
  const other = await fetch(`${base}/api/devices/fan-01/latest`, { headers });
  assert.equal(seen.at(-1).headers["if-none-match"], undefined);
  assert.equal(other.headers.get("cache-control"), "no-store");
});

test("of many pictures at once some are told to wait, and the next gets through", async () => {
  const url = new URL(`${base}/api/devices/fan-01/photo?by=Sam`);
  const slow = [1, 2].map(() => {
    const headers = { "content-type": "image/png", "content-length": 10 };
    const call = http.request(url, { method: "PUT", headers });
    call.on("error", () => undefined);
    call.write("12345");
    return call;
  });
  const put = () =>
    fetch(url, {
      method: "PUT",
      headers: { "content-type": "image/png" },
      body: "1",
    });
  const until = async (status) => {
    for (;;) if ((await put()).status === status) return;
  };
  await until(503);
  for (const call of slow) call.destroy();
  await until(409); // as this gateway answers
});

test("a gateway that is away is a sentence", async () => {
  const answer = await fetch(`${base}/dead/health`);
  assert.equal(answer.status, 502);
  assert.match((await answer.json()).detail, /does not answer/);
});

test("a connection that the gateway has just closed is no gateway that is away", async () => {
  const answered = new WeakSet();
  const impatient = http.createServer((request, response) => {
    if (answered.has(request.socket)) return request.socket.resetAndDestroy();
    answered.add(request.socket);
    return response.end("{}");
  });
  impatient.keepAliveTimeout = 600_000; // it closes what it is asked on again, and nothing else
  const port = await listening(impatient);
  const app = express();
  const gatewayUrl = `http://127.0.0.1:${port}`;
  app.use("/api", createProxy({ gatewayUrl, token: "" }));
  const pages = http.createServer(app);
  const root = `http://127.0.0.1:${await listening(pages)}`;
  try {
    for (let count = 0; count < 5; count += 1) {
      const answer = await fetch(`${root}/api/health`);
      assert.equal(answer.status, 200);
      await answer.text();
    }
    const command = await fetch(`${root}/api/devices/fan-01/commands`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    assert.equal(
      command.status,
      502,
      "what may have been done is not repeated",
    );
  } finally {
    pages.closeAllConnections();
    pages.close();
    impatient.closeAllConnections();
    impatient.close();
  }
});
