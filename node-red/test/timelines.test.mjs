import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { loadLogs, loadTimelines } from "../web/timelines.mjs";

const browsersFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = browsersFetch;
});

/** Answers as the gateway does: by device a list of episodes, or a status. */
function gatewayWith(answers) {
  globalThis.fetch = async (path) => {
    const [, device] =
      /^\/api\/devices\/([^/]+)\/(?:timeline|log|anomalies)\?/.exec(path);
    const answer = answers[decodeURIComponent(device)];
    const refused = typeof answer === "number";
    const body = refused ? { detail: `No ${device}.` } : answer;
    const status = refused ? answer : 200;
    return new Response(JSON.stringify(body), { status });
  };
}

const RANGE = { fromMs: 0, toMs: 1000 };

test("a machine the gateway does not know blanks nobody else's timeline", async () => {
  const names = ["a", "b", "c", "d", "e", "f g"];
  const episodes = [{ fault: "normal" }];
  const answers = Object.fromEntries(names.map((name) => [name, episodes]));
  gatewayWith({ ...answers, c: 404 });
  const into = {};
  await loadTimelines(names, { ...RANGE, into });
  assert.deepEqual(into, { ...answers, c: [] });
});

test("what people noted comes by machine", async () => {
  gatewayWith({ a: [{ id: "1" }], b: 404 });
  const into = {};
  await loadLogs(["a", "b"], { ...RANGE, into });
  assert.deepEqual(into, { a: [{ id: "1" }], b: [] });
});

test("any other failure is told with the gateway's sentence", async () => {
  gatewayWith({ a: [], b: 503 });
  const loading = loadTimelines(["a", "b"], { ...RANGE, into: {} });
  await assert.rejects(loading, /No b\./);
});
