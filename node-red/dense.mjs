/** `node dense.mjs`: compresses what every page loads, where that is not done yet. */

import zopfli from "@gfx/zopfli";
import { makeDense } from "./lib/dense-files.mjs";

const made = await makeDense((bytes) =>
  zopfli.gzipAsync(bytes, { numiterations: 5 }),
);
for (const name of made) console.log(`compressed ${name}`);
