/** A strip: one small square per unit, coloured by its value. */

import { join, part, round, set } from "./svg.js";

/** Draw `values` into `group` as squares between x and x + width; more than 16 units stand in two rows. `unit` null: nothing to choose; `ground`: something passes behind. */
export function drawStrip(group, values, { x, y, width, height, colour, unit, ground = false }) {
  const rows = values.length > 16 ? 2 : 1;
  const columns = Math.ceil(values.length / rows);
  const pitch = Math.min(width / columns, 16);
  const left = x + (width - pitch * columns) / 2;
  const size = { width: round(pitch - 1), height: round(height / rows - (rows - 1)) };
  if (ground) part(group, "rect", "ground", { class: "strip-ground", x: round(left), y, width: round(pitch * columns), height: round(height) });
  join(part(group, "g", "squares"), "rect", values, (square, value, index) => set(square, {
    class: index + 1 === unit ? "square square--chosen" : "square", "data-unit": unit === null ? null : index + 1, "data-value": value, ...size,
    x: round(left + (index % columns) * pitch), y: round(y + Math.floor(index / columns) * (height / rows)), rx: 1.5,
    style: { fill: colour(value) },
  }));
}
