/** A machine's photo: where it is, and a camera's picture made small enough to be sent. */

import { devicePath, withQuery } from "./api.mjs";

const LONGEST_SIDE = 1600; // pixels
const MOST_BYTES = 2 * 1024 * 1024;
const QUALITIES = [0.85, 0.7, 0.5];

/** The address of a photo; another whenever the photo is. */
export function photoUrl(device, revision, size = undefined) {
  return `/api${withQuery(devicePath(device, "/photo"), { size, revision })}`;
}

/** How large a picture is drawn: as it is, or as large as fits. */
export function fitted({ width, height }, longest = LONGEST_SIDE) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const side = (pixels) => Math.max(1, Math.round(pixels * scale));
  return { width: side(width), height: side(height) };
}

async function decoded(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    throw new Error(
      "This browser cannot read that picture: choose one in JPEG, PNG or WebP.",
    );
  }
}

function drawn(bitmap) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, fitted(bitmap));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "white"; // behind what lets light through: JPEG does not
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

/** A file as it may be sent: drawn anew, upright, without what the camera wrote into it. */
export async function prepared(file) {
  const canvas = drawn(await decoded(file));
  for (const quality of QUALITIES) {
    const blob = await new Promise((resolve) =>
      canvas.toBlob(resolve, "image/jpeg", quality),
    );
    if (blob && blob.size <= MOST_BYTES) return blob;
  }
  throw new Error("That picture cannot be made small enough: choose another.");
}
