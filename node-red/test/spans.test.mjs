import assert from "node:assert/strict";
import { test } from "node:test";
import { SPANS, spanNamed } from "../web/spans.mjs";

test("an address names a span; what it does not know is the first", () => {
  assert.equal(spanNamed("1h").ms, 3_600_000);
  for (const { value, ms } of SPANS) assert.equal(spanNamed(value).ms, ms);
  for (const name of [undefined, null, "", "2h", ["1h", "1h"]])
    assert.equal(spanNamed(name), SPANS[0]);
});
