/** One unit over all time steps: its gates and its memory as rows of squares, aligned under the sequence plot. */

import { timeScale } from "./axes.js";
import { CELLS } from "./cells.js";
import { decimal, filled, signed } from "./format.js";
import { diverging, shade } from "./scales.js";
import { checked, join, part, picture, round, set } from "./svg.js";

const defaults = { width: 800, height: 80, label: "", strings: {}, padding_left: 44, padding_right: 14 };

/** Draw the rows of `snapshot.unit` and mark `snapshot.step`. */
export function drawUnitHistory(root, snapshot, options = {}) {
  const { width, height, label, strings, padding_left, padding_right } = checked(defaults, options, "drawUnitHistory");
  const svg = picture(root, { width, height, label });
  const { run, inspection, unit, step } = snapshot;
  const names = CELLS[run.cell].history;
  const x = timeScale(snapshot.lengths, { width, padding_left, padding_right });
  const pitch = x(2) - x(1);
  const row = Math.min(20, height / names.length);
  const rows = part(svg, "g", "rows");
  // The rows change with the unit, not with the time step: while time passes only the mark moves.
  const drawn = [inspection.spec, inspection.epoch, inspection.layer, unit, width, height].join(" ");
  if (rows.dataset.drawn !== drawn) drawRows(rows, names, snapshot, { x, pitch, row, left: padding_left - pitch / 2 - 8, strings });
  rows.dataset.drawn = drawn;
  part(svg, "rect", "time_step", {
    class: "history-cursor", x: round(x(step) - pitch / 2 - 0.5), y: 0.5, width: round(pitch + 1), height: round(row * names.length - 1), rx: 3,
  });
}

function drawRows(root, names, { inspection, unit, lengths }, { x, pitch, row, left, strings }) {
  join(root, "g", names, (group, name, index) => {
    const y = index * row;
    const isGate = name.endsWith("_gate");
    set(group, { "data-quantity": name });
    part(group, "text", "name", {
      class: `history-name gate-name--${name}`, x: round(left), y: round(y + row / 2 + 4), "text-anchor": "end", text: strings[name],
    });
    join(part(group, "g", "squares"), "rect", inspection[name], (square, values, time) => {
      const value = values[unit - 1];
      set(square, {
        class: time < lengths.given ? "square" : "square square--free", "data-value": value, x: round(x(time + 1) - pitch / 2 + 0.5), y: round(y + 1),
        width: round(pitch - 1), height: round(row - 2), rx: 1.5, style: { fill: isGate ? shade(name, value) : diverging(value) },
      });
      part(square, "title", "value", {
        text: `${filled(strings.step_text, { step: time + 1 })}: ${isGate ? decimal(value) : signed(value)}`,
      });
    });
  });
}
