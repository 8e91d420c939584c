import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { addressOf, Api, createTurns } from "../nodes/lib/api.mjs";
import { commandsOf } from "../nodes/lib/plant.mjs";

/** Runs `use(api, server)` against a real server that answers with `answer`. */
async function served(answer, use, token = "a-token") {
  const server = http.createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  const api = new Api({ address: `http://127.0.0.1:${port}/`, token });
  try {
    await use(api, server);
  } finally {
    api.close();
    server.closeAllConnections();
    server.close();
  }
}

function json(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

test("the token goes along, and a query without what was not asked", async () => {
  const seen = [];
  const answer = (request, response) => {
    seen.push([request.url, request.headers.authorization]);
    json(response, 200, { fine: true });
  };
  await served(answer, async (api) => {
    const query = { from: "1", to: undefined, names: "a,b" };
    assert.deepEqual(await api.get("/kpis", query), { fine: true });
  });
  assert.deepEqual(seen, [["/kpis?from=1&names=a%2Cb", "Bearer a-token"]]);
});

test("a refusal is the gateway's own sentence", async () => {
  const answer = (request, response) =>
    request.url === "/closed"
      ? json(response, 401, { detail: "Unauthorized" })
      : json(response, 404, { detail: "There is no device 'nobody'." });
  await served(answer, async (api) => {
    await assert.rejects(api.get("/devices/nobody"), {
      message: "There is no device 'nobody'.",
      status: 404,
    });
    await assert.rejects(api.get("/closed"), /EDGETWIN_API_TOKEN/);
  });
});

test("what is no gateway, answers too much or breaks off is named", async () => {
  const answer = (request, response) => {
    if (request.url === "/page") return response.end("<html>");
    if (request.url === "/broken") return response.destroy();
    response.writeHead(200);
    const more = () => response.write("x".repeat(1024 * 1024), more);
    return more();
  };
  await served(answer, async (api) => {
    await assert.rejects(api.get("/page"), /is not edgetwin's gateway/);
    await assert.rejects(api.get("/broken"), /does not answer/);
    await assert.rejects(api.get("/endless"), /more than 16 MiB/);
  });
});

test("nobody there, or a flow deployed anew, is said in words", async () => {
  const nobody = new Api({ address: "http://127.0.0.1:9" });
  await assert.rejects(nobody.get("/health"), /does not answer \(ECONNREFUSED/);
  await served(
    () => {},
    async (api, server) => {
      const asked = api.get("/health");
      const refused = assert.rejects(asked, /deployed anew/);
      await new Promise((resolve) => server.once("request", resolve));
      api.close();
      await refused;
    },
  );
});

test("an address has a scheme and no secrets", () => {
  assert.equal(
    addressOf("https://edge.example:8443/"),
    "https://edge.example:8443",
  );
  for (const wrong of ["", "127.0.0.1:8000", "ftp://x"])
    assert.throws(() => addressOf(wrong), /is no address of edgetwin's API/);
  assert.throws(() => addressOf("http://a:b@c"), /a field of its own/);
});

test("so many run at a time, and a failure makes room", async () => {
  const turn = createTurns(2);
  let running = 0;
  let most = 0;
  const task = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
    throw new Error("no");
  };
  const done = await Promise.allSettled(
    Array.from({ length: 7 }, () => turn(task)),
  );
  assert.equal(most, 2);
  assert.ok(done.every(({ status }) => status === "rejected"));
});

test("commands are what the API's description has", () => {
  const examples = [{ name: "set_rate", args: { rate_hz: 5 } }];
  const schemas = { CommandBody: { examples } };
  assert.deepEqual(commandsOf({ components: { schemas } }), examples);
  assert.deepEqual(commandsOf({}), []);
});
