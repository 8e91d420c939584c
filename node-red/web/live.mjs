/** What the socket has brought, for every page: the fleet, one machine's detail, the health. */

import { devicePath, get } from "./api.mjs";
import { decodeRow } from "./fleet-rows.mjs";
import { useZone } from "./site-time.mjs";

const { reactive, markRaw } = window.Vue;
const CATALOGUE_RETRY_MS = 2000;
const CATALOGUE_REFRESH_MS = 60_000;
const GENERIC = "generic"; // of this type each machine is described by itself

export const live = reactive({
  connected: true,
  nowMs: Date.now(),
  received: false,
  devices: [],
  names: {}, // that people have given, by device
  health: { asked: false, answers: false },
  broker: "connecting",
  ownAlarms: [],
  types: {},
  learned: {}, // by device, of those that have a description of their own
  catalogueKnown: false,
  detail: null,
});

let watched = null;
let watcher = null;
let socket = null;
let shellId = "";

/** What every reading has; of who has nothing that is sure, all. */
function gaugesOf(channels) {
  const sure = channels.filter((channel) => !channel.optional);
  return sure.length ? sure : channels;
}

function typeWith(type) {
  return markRaw({
    ...type,
    required: gaugesOf(type.channels),
    headlines: type.kpis.filter((kpi) => kpi.headline),
    byKpi: Object.fromEntries(type.kpis.map((kpi) => [kpi.name, kpi])),
    byChannel: Object.fromEntries(
      type.channels.map((channel) => [channel.name, channel]),
    ),
    byFault: Object.fromEntries(
      type.faults.map((fault) => [fault.name, fault]),
    ),
  });
}

let nextLoad;
let loadedMs = 0;

/** The catalogue anew, now and from then on; what is not answered changes nothing. */
export async function loadCatalogue() {
  clearTimeout(nextLoad);
  loadedMs = Date.now();
  let again = CATALOGUE_REFRESH_MS;
  try {
    const types = await get("/catalogue");
    live.types = Object.fromEntries(
      types.map((type) => [type.name, typeWith(type)]),
    );
    live.catalogueKnown = true;
  } catch {
    // The banner says that the gateway is silent; the pages wait for this.
    again = live.catalogueKnown ? CATALOGUE_REFRESH_MS : CATALOGUE_RETRY_MS;
  }
  clearTimeout(nextLoad);
  nextLoad = setTimeout(loadCatalogue, again);
}

/** A machine of a type that is not known: one may have appeared. */
function lookForTypes() {
  const isMissing = ({ asset }) =>
    asset && asset !== GENERIC && !live.types[asset];
  const isDue = Date.now() - loadedMs >= CATALOGUE_RETRY_MS;
  if (isDue && live.catalogueKnown && live.devices.some(isMissing))
    loadCatalogue();
}

const asked = new Map(); // by device, the id of the description that was asked for last

/** A machine is just as its type again. */
function forget(id) {
  asked.delete(id);
  delete live.learned[id];
}

/** Asks for what describes a machine by itself, where that is another than it was: one of no type, or
 * with bands and limits of its own. */
export async function learn(device) {
  const { id, asset, described } = device;
  if (asset !== GENERIC && !described) return forget(id);
  if (asked.get(id) === described) return;
  asked.set(id, described);
  try {
    live.learned[id] = typeWith(await get(devicePath(id, "/catalogue")));
  } catch {
    asked.delete(id); // meanwhile its names do
    setTimeout(() => learn(device), CATALOGUE_RETRY_MS);
  }
}

function withHealth(device) {
  const headlines = live.types[device.asset]?.headlines ?? [];
  const place = headlines.findIndex((kpi) => kpi.role === "health");
  device.health = place < 0 ? null : device.headline[place];
  return device;
}

function namesOf(devices) {
  const named = devices.filter(({ name }) => name);
  return markRaw(Object.fromEntries(named.map(({ id, name }) => [id, name])));
}

function receive(message) {
  const payload = message?.payload;
  if (payload?.kind === "fleet") {
    live.nowMs = payload.now_ms;
    live.devices = payload.rows.map((row) => withHealth(decodeRow(row)));
    live.names = namesOf(live.devices);
    live.health = payload.health;
    if (payload.health.time_zone) useZone(payload.health.time_zone);
    live.broker = payload.broker;
    live.ownAlarms = payload.own_alarms ?? [];
    live.received = true;
    lookForTypes();
  } else if (payload?.kind === "device" && payload.device === watched) {
    live.detail = markRaw(payload);
  }
}

function sayWatched() {
  socket?.emit("widget-send", shellId, { payload: { watch: watched } });
}

/** What arrives shows that the server is there again, and ready to be asked. */
function arrived(message) {
  if (!live.connected) {
    live.connected = true;
    sayWatched();
  }
  receive(message);
}

/** Begins to listen; called once by the shell with Dashboard's socket and its own id.
 *
 * After a restart of Node-RED Dashboard makes its widgets anew, and takes away every listener of
 * their events and of the socket's own; a catch-all, and those of its manager, it leaves. */
export function connect(dashboardSocket, id) {
  if (socket) return;
  socket = dashboardSocket;
  shellId = id;
  const ours = new Set([`msg-input:${id}`, `widget-load:${id}`]);
  socket.onAny((event, message) => ours.has(event) && arrived(message));
  socket.io.on("close", () => (live.connected = false));
  socket.emit("widget-load", id);
  sayWatched();
  loadCatalogue();
}

/** Asks for the detail of one machine (null for none) on behalf of a page. */
export function watch(device, page) {
  watcher = page;
  if (watched === device) return;
  watched = device;
  live.detail = null;
  sayWatched();
}

/** Asks no longer, unless another page does: after a restart of Node-RED Dashboard makes the page
 * anew, and the new one begins before the old one has ended. */
export function unwatch(page) {
  if (watcher === page) watch(null, null);
}

/** What a device is by the catalogue, or by its own description; null while neither is known. */
export function typeOf(asset, device) {
  const own = live.learned[device];
  return (own?.name === asset ? own : live.types[asset]) ?? null;
}

/** What people call the machine of this id. */
export function calledAs(id) {
  return live.names[id] || id;
}

/** Whether each machine of this type is described by itself. */
export function isGeneric(asset) {
  return asset === GENERIC;
}
