/** Time steps to be marked: what the network reads above, a button for each time step below, in the end the gate itself. */

import { decimal, filled, signed } from "../format.js";
import { linear } from "../scales.js";
import { checked, join, part, picture, polyline, round, set } from "../svg.js";

const defaults = { width: 800, label: "", strings: {}, truth: null, gate: "forget_gate", state: "closed", mark: null };
const [READ, GATE, SIDE] = [112, 148, 30];

/**
 * Draw `input` and a button for each of its steps into `root`, pressed where `marked` says so; `mark(step)` is called.
 * With `truth` ({gate, cell_state} of one unit, a value for each step) both are drawn below, and every step says whether
 * it was marked rightly.
 */
export function drawStepMarks(root, { input, marked, answer }, options = {}) {
  const { width, label, strings, truth, gate, state, mark } = checked(defaults, options, "drawStepMarks");
  const x = linear([0.5, input.length + 0.5], [SIDE, width - SIDE]);
  drawRead(part(root, "div", "read", { class: "marks__picture" }), input, { width, x, label, strings });
  const row = part(root, "div", "steps", { class: "marks__steps", role: "group", "aria-label": strings[`mark_${state}`] });
  join(row, "button", input, (button, value, index) => {
    const step = index + 1;
    const isMarked = marked.includes(step);
    const verdict = truth && isMarked !== answer.includes(step) ? (isMarked ? "wrong" : "missed") : truth && isMarked ? "right" : null;
    set(button, {
      type: "button", class: "marks__step", "aria-pressed": String(isMarked), disabled: truth ? "" : null, "data-verdict": verdict, text: step,
      "aria-label": filled(strings.step_reads, { step, value: signed(value, 1) }) + (verdict ? `: ${strings[`mark_${verdict}`]}` : ""),
    });
    button.onclick = () => mark(step);
  });
  for (const quantity of ["gate", "cell_state"]) {
    const below = part(root, "div", quantity, { class: "marks__picture", hidden: truth ? null : "" });
    const name = quantity === "gate" ? gate : quantity;
    if (truth) drawQuantity(below, truth[quantity], { width, x, name, answer, isGate: quantity === "gate", strings });
  }
}

function drawRead(root, input, { width, x, label, strings }) {
  const svg = picture(root, { width, height: READ, label });
  const y = linear([-1, 1], [READ - 10, 24]);
  part(svg, "text", "name", { class: "roll-name roll-name--input", x: SIDE, y: 14, text: strings.table_read });
  part(svg, "line", "zero", { class: "axis-line axis-line--zero", x1: round(x(1)), x2: round(x(input.length)), y1: round(y(0)), y2: round(y(0)) });
  join(part(svg, "g", "stems"), "g", input, (group, value, index) => {
    const at = round(x(index + 1));
    part(group, "line", "stem", { class: "stem", x1: at, x2: at, y1: round(y(0)), y2: round(y(value)) });
    part(group, "circle", "point", { class: "point point--input", cx: at, cy: round(y(value)), r: value === 0 ? 2.5 : 5 });
    part(group, "text", "value", { class: "roll-value roll-value--input", x: at + (index > input.length / 2 ? -9 : 9), "text-anchor": index > input.length / 2 ? "end" : "start",
      y: round(y(value) + 4), text: value === 0 ? "" : signed(value, 1) });
  });
}

function drawQuantity(root, values, { width, x, name, answer, isGate, strings }) {
  const svg = picture(root, { width, height: GATE, label: filled(strings.gate_label, {
    gate: strings[name], values: values.map((value, index) => `${index + 1}: ${decimal(value)}`).join("; "),
  }) });
  const rows = isGate ? [0, 0.5, 1] : [...new Set([Math.min(-1, Math.floor(Math.min(...values))), 0, Math.max(1, Math.ceil(Math.max(...values)))])];
  const y = linear([rows[0], rows.at(-1)], [GATE - 18, 30]);
  const half = (x(2) - x(1)) / 2;
  part(svg, "text", "name", { class: `roll-name${isGate ? ` gate-name--${name}` : ""}`, x: SIDE, y: 14, text: strings[name] });
  join(part(svg, "g", "rows"), "line", rows, (line, value) => set(line, {
    class: value === 0.5 ? "marks__threshold" : "axis-line", x1: SIDE, x2: width - SIDE, y1: round(y(value)), y2: round(y(value)),
  }));
  join(part(svg, "g", "ticks"), "text", rows, (text, value) => set(text, {
    class: "tick", x: SIDE - 6, y: round(y(value) + 4), "text-anchor": "end", text: decimal(value, value === 0.5 ? 1 : 0),
  }));
  part(svg, "path", "line", {
    class: isGate ? `curve wire--${name}` : "curve curve--thin roll-line", d: polyline(values.flatMap((value, index) => [[x(index + 1) - half, y(value)], [x(index + 1) + half, y(value)]])),
  });
  join(part(svg, "g", "answer"), "text", answer, (text, step) => {
    const value = values[step - 1];
    const isLow = y(value) > GATE / 2 + 6;
    set(text, { class: `marks__value${isGate ? ` gate-name--${name}` : ""}`, x: round(x(step)), y: round(isLow ? y(value) + 14 : y(value) - 6), "text-anchor": "middle", text: decimal(value) });
  });
}
