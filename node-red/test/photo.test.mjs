import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted, photoUrl } from "../web/photo.mjs";

test("a camera's picture is made as large as fits, a small one stays as it is", () => {
  assert.deepEqual(fitted({ width: 4032, height: 3024 }), {
    width: 1600,
    height: 1200,
  });
  assert.deepEqual(fitted({ width: 3024, height: 4032 }), {
    width: 1200,
    height: 1600,
  });
  assert.deepEqual(fitted({ width: 640, height: 1 }), {
    width: 640,
    height: 1,
  });
  assert.equal(fitted({ width: 90_000, height: 2 }).height, 1);
});

test("another photo has another address", () => {
  assert.equal(
    photoUrl("fan-01", "1a-2b", "small"),
    "/api/devices/fan-01/photo?size=small&revision=1a-2b",
  );
  assert.equal(
    photoUrl("fan-01", "1a-2b"),
    "/api/devices/fan-01/photo?revision=1a-2b",
  );
});
