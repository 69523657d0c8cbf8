/** One data set in miniature: the shown sequence, its input in the colour of the input. Of a text, its beginning. */

import { shown } from "./format.js";
import { linear } from "./scales.js";
import { isText } from "./snapshot.js";
import { checked, join, part, polyline, round, set } from "./svg.js";

const defaults = { width: 84, height: 36 };
const LETTERS = 6;

/** Draw `snapshot.sequence` ({input, target}); it may be null as long as it is not known. */
export function drawThumbnail(root, snapshot, options = {}) {
  const { width, height } = checked(defaults, options, "drawThumbnail");
  const svg = part(root, "svg", "picture", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" });
  const { sequence } = snapshot;
  if (sequence === null) return;
  if (isText(sequence)) {
    join(part(svg, "g", "input"), "text", [...sequence.input.slice(0, LETTERS)], (letter, symbol, index) => set(letter, {
      class: "thumbnail-letter", x: round((index + 0.5) * width / LETTERS), y: height / 2 + 7, "text-anchor": "middle", text: shown(symbol),
    }));
    return;
  }
  const given = sequence.input.length;
  const values = [...sequence.input, ...sequence.target];
  const bound = Math.max(...values.map(Math.abs)) * (sequence.target.length === 1 ? 1.5 : 1.15);
  const x = linear([0, values.length - 1], [2, width - 8]);
  const y = linear([-bound, bound], [height - 1, 1]);
  const points = values.map((value, index) => [x(index), y(value)]);
  const remembers = sequence.target.length === 1;
  set(part(svg, "path", "target"), {
    class: remembers ? "answer-target" : "curve curve--target curve--thin", d: remembers ? circle(points.at(-1)) : polyline(points.slice(given - 1)),
  });
  set(part(svg, "path", "input"), {
    class: "curve curve--input curve--thin", d: remembers ? pulses(points.slice(0, given), y(0)) : polyline(points.slice(0, given)),
  });
}

/** Return the path of a line at rest that leaps to each point and back. */
function pulses(points, rest) {
  return points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(rest)}V${round(y)}V${round(rest)}`).join("");
}

function circle([x, y]) {
  return `M${round(x - 4)} ${round(y)}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0`;
}
