/** The fault timelines and the logs of many machines, fetched a few at a time. */

import { devicePath, get } from "./api.mjs";

const AT_ONCE = 4;

/** Of a machine the gateway does not know there is none; the others are shown all the same. */
async function listOf(device, rest, range) {
  try {
    return await get(devicePath(device, rest), range);
  } catch (error) {
    if (error.status !== 404) throw error;
    return [];
  }
}

/** Does something with each item, a few at a time. */
export async function fewAtOnce(items, work) {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function loadEach(devices, rest, { fromMs, toMs, into }) {
  const range = { from: fromMs, to: toMs };
  return fewAtOnce(devices, async (device) => {
    into[device] = await listOf(device, rest, range);
  });
}

/** Puts each device's episodes between two instants into `into`, by device. Throws ApiError. */
export function loadTimelines(devices, span) {
  return loadEach(devices, "/timeline", span);
}

/** The same of what was unlike a machine's normal: {anomalies, learning}. */
export function loadAnomalies(devices, span) {
  return loadEach(devices, "/anomalies", span);
}

/** The same of what people have noted, with what they noted of the site. */
export function loadLogs(devices, span) {
  return loadEach(devices, "/log", span);
}

const FEW = 6; // of more machines their own notes would cover each other

/** What was noted between two instants of the site, and of each of a few machines. */
export async function loadNotes(devices, { fromMs, toMs }) {
  const span = { fromMs, toMs };
  if (devices.length > FEW) return notesOfSite(span);
  const into = {};
  await loadLogs(devices, { ...span, into });
  const all = Object.values(into).flat();
  return [...new Map(all.map((entry) => [entry.id, entry])).values()];
}

function notesOfSite({ fromMs, toMs }) {
  return get("/log", { from: fromMs, to: toMs });
}
