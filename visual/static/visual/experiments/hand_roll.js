/** One unit over time, like a piano roll: what it reads, and the cell state and hidden state that its gates make of it. */

import { drawRows } from "../axes.js";
import { decimal, signed } from "../format.js";
import { linear } from "../scales.js";
import { checked, join, part, picture, polyline, round, set } from "../svg.js";

const defaults = { width: 800, height: 202, left: 120, label: "", strings: {}, tolerance: 0 };
const READ = 74; // pixels of the upper picture
const STATES = [["cell_state", 0.62], ["hidden_state", 0.38]]; // the rows of the lower one, and their share of its height

/** Draw what the unit reads at each time step of `task` into `root`. */
export function drawHandInput(root, { input }, options = {}) {
  const { width, left, label, strings } = checked(defaults, options, "drawHandInput");
  const svg = picture(root, { width, height: READ, label });
  const x = columns(input.length, left, width);
  const y = linear([-1, 1], [READ - 14, 30]);
  join(part(svg, "g", "steps"), "text", input, (text, _value, index) => set(text, {
    class: "tick", x: round(x(index + 1)), y: 12, "text-anchor": "middle", text: index + 1,
  }));
  part(svg, "text", "axis", { class: "axis-title", x: left - 12, y: 12, "text-anchor": "end", text: strings.time_axis });
  part(svg, "text", "name", { class: "roll-name roll-name--input", x: left - 12, y: round(y(0) + 4), "text-anchor": "end", text: strings.reads });
  part(svg, "line", "zero", { class: "axis-line axis-line--zero", x1: left, x2: width, y1: round(y(0)), y2: round(y(0)) });
  join(part(svg, "g", "stems"), "g", input, (group, value, index) => {
    const at = round(x(index + 1));
    part(group, "line", "stem", { class: "stem", x1: at, x2: at, y1: round(y(0)), y2: round(y(value)) });
    part(group, "circle", "point", { class: "point point--input", cx: at, cy: round(y(value)), r: value === 0 ? 3 : 4.5 });
    part(group, "text", "value", {
      class: "roll-value roll-value--input", x: at + 9, y: round(y(value) + (value < 0 ? 8 : 0)), text: value === 0 ? "" : signed(value, 1),
    });
  });
}

/** Draw the states that the gates make (`passed`) over those that are wanted; what is further off than `tolerance` is marked. */
export function drawHandStates(root, { wanted, passed }, options = {}) {
  const { width, height, left, label, strings, tolerance } = checked(defaults, options, "drawHandStates");
  const svg = picture(root, { width, height, label });
  const x = columns(wanted.cell_state.length, left, width);
  let top = 0;
  for (const [name, share] of STATES) {
    const size = share * height;
    drawState(part(svg, "g", name), name, { wanted: wanted[name], passed: passed[name], tolerance, x, left, width, top, size, strings });
    top += size;
  }
}

function drawState(group, name, { wanted, passed, tolerance, x, left, width, top, size, strings }) {
  const low = Math.min(-1, ...wanted, ...passed);
  const high = Math.max(1, ...wanted, ...passed);
  const y = linear([low, high], [top + size - 14, top + 14]);
  const values = [0, Math.round(low), Math.round(high)];
  drawRows(group, { values, y, left, right: width, strong: 0, label: (value) => decimal(value, 0) });
  part(group, "text", "name", { class: "roll-name", x: left - 36, y: round(y(0) - 2), "text-anchor": "end", text: strings[name] });
  const half = (x(2) - x(1)) / 2;
  part(group, "path", "wanted", {
    class: "curve curve--target", d: polyline(wanted.flatMap((value, index) => [[x(index + 1) - half, y(value)], [x(index + 1) + half, y(value)]])),
  });
  join(part(group, "g", "misses"), "line", passed, (line, value, index) => set(line, {
    class: "roll-miss", x1: round(x(index + 1)), x2: round(x(index + 1)), y1: round(y(value)), y2: round(y(wanted[index])),
  }));
  part(group, "path", "line", { class: "curve curve--thin roll-line", d: polyline(passed.map((value, index) => [x(index + 1), y(value)])) });
  join(part(group, "g", "points"), "circle", passed, (circle, value, index) => set(circle, {
    class: Math.abs(value - wanted[index]) <= tolerance ? "roll-point" : "roll-point roll-point--wrong", cx: round(x(index + 1)), cy: round(y(value)), r: 5, "data-value": value,
  }));
}

/** Return the middle of each time step's column. */
function columns(steps, left, width) {
  return linear([0.5, steps + 0.5], [left, width]);
}
