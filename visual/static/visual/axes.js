/** Axes of the plots: thin lines, few ticks, quiet labels. */

import { linear } from "./scales.js";
import { join, part, round, set } from "./svg.js";

/** Return the horizontal scale of a sequence plot: a time step, from 1 to the last prediction's, to pixels. */
export function timeScale({ steps }, { width, padding_left = 44, padding_right = 14 }) {
  return linear([1, steps + 1], [padding_left, width - padding_right]);
}

/** Return every so many time steps, from 1 to the last prediction's. */
export function stepTicks({ steps }, every) {
  return Array.from({ length: Math.floor(steps / every) + 1 }, (_, index) => 1 + index * every);
}

/** Draw horizontal grid lines and their labels at `values`, and the axis title above them; `y` turns a value into pixels. */
export function drawRows(parent, { values, y, left, right, label, strong = null, title = null }) {
  const group = part(parent, "g", "y_axis");
  const lines = part(group, "g", "lines");
  join(lines, "line", values, (line, value) => set(line, {
    class: value === strong ? "axis-line axis-line--zero" : "axis-line",
    x1: round(left), x2: round(right), y1: round(y(value)), y2: round(y(value)),
  }));
  const labels = part(group, "g", "labels");
  join(labels, "text", values, (text, value) => set(text, {
    class: "tick", x: round(left - 8), y: round(y(value) + 4), "text-anchor": "end", text: label(value),
  }));
  if (title === null) return;
  part(group, "text", "title", {
    class: "axis-title", x: round(left - 8), y: round(Math.max(10, y(values.at(-1)) - 10)), "text-anchor": "end", text: title,
  });
}

/**
 * Draw tick labels at `values` below `y`, and the axis title, when there is one, at the right end below them, or
 * where that height is missing, `beside` the first.
 */
export function drawColumns(parent, { values, x, y, right, label, title = null, beside = false }) {
  const group = part(parent, "g", "x_axis");
  const labels = part(group, "g", "labels");
  join(labels, "text", values, (text, value) => set(text, {
    class: "tick", x: round(x(value)), y: round(y + 16), "text-anchor": "middle", text: label(value),
  }));
  if (title === null) return;
  part(group, "text", "title", {
    class: "axis-title", x: round(beside ? x(values[0]) - 14 : right), y: round(y + (beside ? 16 : 32)), "text-anchor": "end", text: title,
  });
}
