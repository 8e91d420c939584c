/** The fault timelines of many machines, fetched a few at a time. */

import { devicePath, get } from "/app/api.mjs";

const AT_ONCE = 4;

/** Puts each device's episodes between two instants into `into`, by device. Throws ApiError. */
export async function loadTimelines(devices, { fromMs, toMs, into }) {
  const queue = [...devices];
  const worker = async () => {
    for (let device = queue.shift(); device; device = queue.shift())
      into[device] = await get(devicePath(device, "/timeline"), {
        from: fromMs,
        to: toMs,
      });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
