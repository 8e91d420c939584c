/** Delivery counts and quarantined messages as the faults page tells them. Pure. */

const REASONS = {
  bad_topic: "topic of another shape",
  too_large: "larger than 16 KiB",
  not_utf8: "not UTF-8",
  not_json: "not JSON",
  duplicate_key: "a key twice",
  wrong_shape: "fields missing or of another type",
  too_many: "more than 20 readings in one message",
  bad_birth: "a birth that does not fit",
  unknown_device: "a device nobody knows",
  unknown_asset: "an unknown type of machine",
  unknown_channel: "an unknown channel",
  missing_channel: "no channel of its type",
  not_a_number: "no number where one is due",
  not_a_text: "no text where one is due",
  too_long: "a text of more than 64 characters",
  unknown_state: "a state that its type has not",
  bad_event: "an event without a good name",
  bad_time: "a time that cannot be",
  out_of_range: "beyond what the sensor can report",
  over_budget: "more than a board may send",
  too_many_devices: "more boards than the gateway takes",
  too_many_epochs: "more restarts than the gateway keeps",
  too_many_holes: "more holes than the gateway keeps",
  retained: "retained telemetry",
  conflict: "same key, other content",
  influxdb_refused: "refused by InfluxDB",
};

/** A reason in words; one that is not known is shown as it is. */
export function reasonText(reason) {
  return REASONS[reason] ?? String(reason).replaceAll("_", " ");
}

/** The sums over all devices. */
export function deliveryTotals(lines) {
  const keys = [
    "stored",
    "duplicates",
    "conflicts",
    "quarantined",
    "missing",
    "over_budget",
    "pending",
  ];
  return Object.fromEntries(
    keys.map((key) => [
      key,
      lines.reduce((sum, line) => sum + (line[key] ?? 0), 0),
    ]),
  );
}

/** Devices with something to say first, then by name. */
export function deliveryOrder(lines) {
  const weight = (line) =>
    (line.missing ?? 0) +
    (line.quarantined ?? 0) +
    (line.conflicts ?? 0) +
    (line.over_budget ?? 0);
  return [...lines].sort(
    (a, b) =>
      weight(b) - weight(a) ||
      a.device.localeCompare(b.device, "en", { numeric: true }),
  );
}
