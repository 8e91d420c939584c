import assert from "node:assert/strict";
import { test } from "node:test";
import { SPANS, spanFor } from "../web/spans.mjs";

test("an address names a span; without one, the shortest that shows some readings", () => {
  assert.equal(spanFor("1h").ms, 3_600_000);
  for (const { value, ms } of SPANS)
    assert.equal(spanFor(value, 3_600_000).ms, ms);
  for (const name of [undefined, null, "", "2h", ["1h", "1h"]])
    assert.equal(spanFor(name), SPANS[0]);
  const shown = [null, 200, 10_000, 60_000, 300_000, 3_600_000, 86_400_000];
  const values = shown.map((periodMs) => spanFor(undefined, periodMs).value);
  assert.deepEqual(values, ["5m", "5m", "5m", "15m", "1h", "24h", "24h"]);
});
