/** One MQTT message of a device in, the device's record in `flow` brought up to date. */

const MAX_DEVICES = 20_000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const GATEWAY = "gateway"; // in whose name its own alarms are told
const KINDS = ["birth", "status", "state", "diagnosis", "alarm"];

function parse(kind, text) {
  if (kind === "status")
    return text === "online" || text === "offline" ? text : null;
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? value
      : null;
  } catch {
    return null;
  }
}

function devicesOf(flow) {
  let devices = flow.get("devices");
  if (!devices) {
    devices = new Map();
    flow.set("devices", devices);
  }
  return devices;
}

function forget(devices, id, kind) {
  const record = devices.get(id);
  if (!record) return;
  delete record[kind];
  if (!KINDS.some((known) => known in record)) devices.delete(id);
}

/** When the gateway's word is from: its own stamp for a retained message, else now. */
function heardMs(msg, value, nowMs) {
  return msg.retain && Number.isFinite(value.published_ms)
    ? value.published_ms
    : nowMs;
}

/** Whether the gateway is to be asked anew which devices it knows, and by which birth. */
function isNews(flow, id, kind) {
  const births = flow.get("births");
  return kind === "birth" || (births && id !== GATEWAY && !births.has(id));
}

export default function remember(msg, { flow }) {
  const [, , , id, kind] = String(msg.topic).split("/");
  if (!NAME.test(id ?? "") || !KINDS.includes(kind)) return null;
  if (isNews(flow, id, kind)) flow.set("births_wanted_ms", Date.now());
  const devices = devicesOf(flow);
  const text = String(msg.payload);
  if (text === "") {
    flow.set("births_wanted_ms", Date.now()); // it may be removed, or retired
    forget(devices, id, kind);
    return null;
  }
  const value = parse(kind, text);
  if (value === null || (!devices.has(id) && devices.size >= MAX_DEVICES))
    return null;
  const record = devices.get(id) ?? { id, changes: 0 };
  record[kind] = value;
  record.changes += 1;
  if (kind === "state") record.heard_ms = heardMs(msg, value, Date.now());
  devices.set(id, record);
  return null;
}
