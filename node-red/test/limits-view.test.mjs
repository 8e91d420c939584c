import assert from "node:assert/strict";
import { test } from "node:test";
import { channelForm, ownBounds } from "../web/channel-forms.mjs";
import { boundsText, limitRows } from "../web/limits-view.mjs";

const NOW = Date.UTC(2026, 10, 29, 12);
const HIGH = {
  side: "high",
  at: 70,
  hysteresis: 5,
  delay_s: 3,
  severity: "High",
  advice: "Look.",
};
const CHANNEL = {
  name: "temperature",
  title: "Temperature",
  unit: "°C",
  low: -40,
  high: 150,
  normal: [20, 45],
  limits: [HIGH],
  type_normal: [20, 55],
  type_limits: [HIGH],
  is_own: true,
  versions: [
    { valid_from_ms: NOW - 1000, changed_by: "Sam", source: "data sheet" },
  ],
};

test("limits: a line says what counts, what the type says, and who said it", () => {
  const [row] = limitRows({ channels: [CHANNEL] }, NOW);
  assert.equal(row.text, "20 to 45 °C · above 70 °C: High");
  assert.equal(row.ofType, "20 to 55 °C · above 70 °C: High");
  assert.match(row.who, /^Sam, since .+: data sheet$/);
  const later = { ...CHANNEL.versions[0], valid_from_ms: NOW + 60_000 };
  const [next] = limitRows(
    { channels: [{ ...CHANNEL, versions: [later] }] },
    NOW,
  );
  assert.match(next.who, /^Sam, counts from/);
});

test("limits: what nobody has said is said so", () => {
  assert.equal(
    boundsText({ unit: "", normal: null }),
    "nobody has said what is normal",
  );
});

test("limits: what is as the type has it stays the type's", () => {
  const form = channelForm(CHANNEL);
  assert.deepEqual(ownBounds(form, CHANNEL), {
    normal: [20, 45],
    limits: null,
  });
  form.limits[0].at = "65";
  assert.deepEqual(ownBounds(form, CHANNEL).limits, [{ ...HIGH, at: 65 }]);
  form.limits = [];
  assert.deepEqual(ownBounds(form, CHANNEL).limits, []);
  const untouched = channelForm({ ...CHANNEL, normal: [20, 55] });
  const stopped = { ...HIGH, while_stopped: true };
  const kept = channelForm({ ...CHANNEL, limits: [stopped] });
  assert.deepEqual(ownBounds(kept, CHANNEL).limits, [stopped]);
  assert.deepEqual(ownBounds(untouched, CHANNEL), {
    normal: null,
    limits: null,
  });
});
