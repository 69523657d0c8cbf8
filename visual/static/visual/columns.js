/** What the pictures of the network unrolled share: the value read at a time step, at the foot of its column. */

import { shown } from "./format.js";
import { part, round, subscripted } from "./svg.js";

const CLOSE = 50; // pixels from column to column: closer ones get their symbol nearer

/** Draw the value that `sequence` has at `step`, at height `y`, with an arrow up to `end`. */
export function drawColumnInput(group, sequence, step, { x, y, end, slot }) {
  const value = sequence.input[step - 1];
  drawUpright(part(group, "g", "arrow"), x, y - 9, end, "");
  part(group, "circle", "value", { class: "end end--input", cx: round(x), cy: round(y), r: 6, "data-value": value });
  part(group, "text", "number", {
    class: "end-number end-number--input end-number--small", x: round(x), y: round(y + 20), "text-anchor": "middle", text: shown(value),
  });
  const symbol = part(group, "text", "symbol", {
    class: "end-symbol end-symbol--input end-number--small", x: round(x + (slot < CLOSE ? 8 : 11)), y: round(y + 4),
  });
  subscripted(symbol, "x", String(step));
}

/** A thin upright arrow between two layers. */
export function drawUpright(group, x, from, to, look) {
  const turn = from < to ? 1 : -1;
  part(group, "path", "line", { class: `upright${look}`, d: `M${round(x)} ${round(from)}V${round(to - turn * 5)}` });
  part(group, "path", "head", { class: `upright-head${look}`, d: `M${round(x - 3.5)} ${round(to - turn * 6)}h7L${round(x)} ${round(to)}Z` });
}
