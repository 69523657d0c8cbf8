/** One data set in miniature: the shown sequence, its input window in the colour of the input. */

import { INPUT_STEPS } from "./position.js";
import { linear } from "./scales.js";
import { checked, part, polyline, set } from "./svg.js";

const defaults = { width: 84, height: 36 };

/** Draw `snapshot.sequence` ({input, target}); it may be null as long as it is not known. */
export function drawThumbnail(root, snapshot, options = {}) {
  const { width, height } = checked(defaults, options, "drawThumbnail");
  const svg = part(root, "svg", "picture", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" });
  const { sequence } = snapshot;
  if (sequence === null) return;
  const values = [...sequence.input, ...sequence.target];
  const bound = Math.max(...values.map(Math.abs)) * 1.15;
  const x = linear([0, values.length - 1], [2, width - 2]);
  const y = linear([-bound, bound], [height - 1, 1]);
  const points = values.map((value, index) => [x(index), y(value)]);
  set(part(svg, "path", "target"), { class: "curve curve--target curve--thin", d: polyline(points.slice(INPUT_STEPS - 1)) });
  set(part(svg, "path", "input"), { class: "curve curve--input curve--thin", d: polyline(points.slice(0, INPUT_STEPS)) });
}
