/** The fault timelines of many machines, fetched a few at a time. */

import { devicePath, get } from "./api.mjs";

const AT_ONCE = 4;

/** Of a machine the gateway does not know there is none; the others are shown all the same. */
async function timelineOf(device, range) {
  try {
    return await get(devicePath(device, "/timeline"), range);
  } catch (error) {
    if (error.status !== 404) throw error;
    return [];
  }
}

/** Puts each device's episodes between two instants into `into`, by device. Throws ApiError. */
export async function loadTimelines(devices, { fromMs, toMs, into }) {
  const queue = [...devices];
  const worker = async () => {
    for (let device = queue.shift(); device; device = queue.shift())
      into[device] = await timelineOf(device, { from: fromMs, to: toMs });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
