/** Shapes that more than one view draws. */

import { round } from "./svg.js";

/** Return the path of a horizontal arrow: one filled outline, so that its head grows with its thickness. */
export function arrow(from, to, y, thickness) {
  const turn = from < to ? 1 : -1;
  const half = thickness / 2;
  const head = Math.max(4.5, thickness * 0.95);
  const neck = to - turn * Math.min(head * 1.5, Math.abs(to - from) * 0.8);
  return `M${round(from)} ${round(y - half)}L${round(neck)} ${round(y - half)}L${round(neck)} ${round(y - head)}L${round(to)} ${round(y)}`
    + `L${round(neck)} ${round(y + head)}L${round(neck)} ${round(y + half)}L${round(from)} ${round(y + half)}Z`;
}
