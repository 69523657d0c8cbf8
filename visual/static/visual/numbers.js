/** One unit at one time step in numbers: the formulas of the cell with its values put in. */

import { valuesAt } from "./cell_values.js";
import { decimal, signed } from "./format.js";
import { checked, join, part, set } from "./svg.js";

const defaults = { strings: {} };
const SURE = 0.005; // nearer than this to 0 or 1, two decimals no longer tell what a gate read

/** Draw the formulas of `snapshot.unit` into `root`: those of step snapshot.cell_step, or of 2 to 4 when it is 0. */
export function drawNumbers(root, snapshot, options = {}) {
  checked(defaults, options, "drawNumbers");
  const all = valuesAt(snapshot);
  const value = Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values[snapshot.unit - 1]]));
  const list = part(root, "div", "formulas", { class: "formulas" });
  const { cell_step } = snapshot;
  const shown = formulas(value, all.layer_input).filter(({ step }) => (cell_step === 0 ? step > 1 : step === cell_step));
  join(list, "p", shown, (line, { pieces }) => {
    set(line, { class: "formula" });
    join(line, "span", pieces, (span, [text, quantity, style]) => set(span, {
      text, class: [quantity && `hue-${quantity}`, style].filter(Boolean).join(" ") || null, "data-quantity": quantity ?? null,
    }));
  });
  const bars = part(root, "div", "bars", { class: "bars", "aria-hidden": "true", hidden: [0, 3].includes(cell_step) ? null : "" });
  drawBars(bars, value, options.strings);
}

function formulas(value, layer_input) {
  const { forget_gate: f, input_gate: i, output_gate: o, candidate: g, cell_state: c, cell_state_before, hidden_state: h } = value;
  const single = layer_input.length === 1 ? [["x", "layer_input", "symbol"], ["t", null, "index"], [` = ${signed(layer_input[0])}`]] : [];
  return [
    { step: 1, pieces: single },
    { step: 1, pieces: [["h", "hidden_state_before", "symbol"], ["t−1", null, "index"], [" = "], [signed(value.hidden_state_before), "hidden_state_before", "value"]] },
    { step: 2, pieces: gate("f", "forget_gate", f) },
    { step: 2, pieces: gate("i", "input_gate", i) },
    { step: 2, pieces: [["g", "candidate", "symbol"], ["t", null, "index"], [` = tanh(${reading(Math.atanh(g), Math.abs(g))}) = `], [signed(g), "candidate", "value"]] },
    { step: 2, pieces: gate("o", "output_gate", o) },
    { step: 3, pieces: [
      ["c", "cell_state", "symbol"], ["t", null, "index"], [" = "], ["f", "forget_gate", "symbol"], [" · "], ["c", "cell_state_before", "symbol"],
      ["t−1", null, "index"], [" + "], ["i", "input_gate", "symbol"], [" · "], ["g", "candidate", "symbol"],
    ] },
    { step: 3, pieces: [
      [" = "], [decimal(f), "forget_gate"], [" · "], [bracketed(cell_state_before), "cell_state_before"], [" + "],
      [decimal(i), "input_gate"], [" · "], [bracketed(g), "candidate"], [" = "], [signed(c), "cell_state", "value"],
    ] },
    { step: 4, pieces: [
      ["h", "hidden_state", "symbol"], ["t", null, "index"], [" = "], ["o", "output_gate", "symbol"], [" · tanh("], ["c", "cell_state", "symbol"],
      ["t", null, "index"], [") = "], [decimal(o), "output_gate"], [" · "], [bracketed(Math.tanh(c)), "cell_state"], [" = "],
      [signed(h), "hidden_state", "value"],
    ] },
  ];
}

function gate(symbol, quantity, value) {
  return [[symbol, quantity, "symbol"], ["t", null, "index"], [` = σ(${reading(Math.log(value / (1 - value)), value)}) = `], [decimal(value), quantity, "value"]];
}

/** What went into σ or tanh follows from what came out, as long as it is not at the end of its range. */
function reading(argument, share) {
  if (share > 1 - SURE) return argument < 0 ? "≪ 0" : "≫ 0";
  if (share < SURE && Math.abs(argument) > 1) return "≪ 0";
  return signed(argument);
}

function bracketed(value) {
  return value < 0 ? `(${decimal(value)})` : decimal(value);
}

/** Before, kept, written, now: the cell update as four bars around zero. */
function drawBars(root, value, strings) {
  const kept = value.forget_gate * value.cell_state_before;
  const written = value.input_gate * value.candidate;
  const bars = [
    ["before", value.cell_state_before, "ink-quiet"], ["kept", kept, "forget-gate"], ["written", written, "candidate"], ["now", value.cell_state, "ink"],
  ];
  const bound = Math.max(1, ...bars.map(([, size]) => Math.abs(size)));
  join(root, "div", bars, (row, [name, size, hue]) => {
    set(row, { class: "bar" });
    part(row, "span", "name", { class: "bar__name", text: strings[name] });
    const track = part(row, "span", "track", { class: "bar__track" });
    const length = Math.abs(size) / bound * 50;
    part(track, "span", "length", { class: "bar__length", style: {
      left: `${size < 0 ? 50 - length : 50}%`, width: `${length}%`, background: `var(--${hue})`,
    } });
    part(row, "span", "value", { class: "bar__value", text: signed(size) });
  });
}
