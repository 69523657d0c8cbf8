/** The mark of the time step on the screen, in a sequence plot: what is read there, and what is predicted. */

import { valuePredicted, valueRead } from "./snapshot.js";
import { part, round } from "./svg.js";

/** Draw the mark into `svg`; `x` and `y` turn a time step and a value into pixels. */
export function drawCursor(svg, snapshot, { x, y, top, bottom }) {
  const { position, lengths } = snapshot;
  const { step, phase } = position;
  const group = part(svg, "g", "time_step", { class: phase === "backward" ? "cursor cursor--backward" : "cursor" });
  part(group, "line", "line", { x1: round(x(step)), x2: round(x(step)), y1: top, y2: bottom });
  part(group, "circle", "layer_input", {
    class: step <= lengths.given ? "point point--input" : "point point--prediction",
    cx: round(x(step)), cy: round(y(valueRead(snapshot, step))), r: 4.5,
  });
  const written = phase === "backward" ? null : valuePredicted(snapshot, step);
  part(group, "circle", "output", {
    class: "point point--prediction",
    cx: round(x(step + 1)), cy: written === null ? 0 : round(y(written)), r: written === null ? 0 : 4.5,
  });
}
