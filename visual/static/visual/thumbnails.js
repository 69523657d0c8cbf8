/** The data sets' thumbnails: each shows the sequence that the standard run reads on that data set. */

import { Epochs } from "./epochs.js";
import { parseRun } from "./runspec.js";
import { drawThumbnail } from "./thumbnail.js";

/** Fetch and draw what is not yet drawn; `epochs` is the run on the screen, whose sequence is known. */
export async function drawThumbnails(screen, api, epochs) {
  const standard = parseRun(screen.root.dataset.defaultRun);
  for (const picture of screen.root.querySelectorAll("[data-thumbnail]")) {
    const data = picture.dataset.thumbnail;
    if (picture.childElementCount > 0) continue;
    const source = data === epochs.run.data ? epochs : new Epochs(api, { ...standard, data });
    if (source !== epochs) await source.load(0);
    drawThumbnail(picture, { sequence: source.sequence });
  }
}
