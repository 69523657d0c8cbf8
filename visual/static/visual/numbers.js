/** One unit at one time step in numbers: the cell's equations with its values put in, and its memory before and after as bars. */

import { valuesAt } from "./cell_values.js";
import { formulas } from "./formulas.js";
import { signed } from "./format.js";
import { checked, join, part, set } from "./svg.js";

const defaults = { strings: {} };
const REMEMBERS = { lstm: [0, 3], gru: [0, 4], rnn: [] }; // the steps that are about what is kept and written

/** Draw the equations of `snapshot.unit` into `root`: those of step snapshot.cell_step, or of all but the first when it is 0. */
export function drawNumbers(root, snapshot, options = {}) {
  checked(defaults, options, "drawNumbers");
  const { run, unit, cell_step } = snapshot;
  const all = valuesAt(snapshot);
  const value = Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values[unit - 1]]));
  const shown = formulas(run.cell, value, all.layer_input)
    .filter(({ step, isGeneral }) => (cell_step === 0 ? step > 1 && !isGeneral : step === cell_step));
  join(part(root, "div", "formulas", { class: "formulas" }), "p", shown, (line, { id, tokens, isGeneral = false }) => {
    if (line.dataset.formula !== `${run.cell} ${id}`) line.replaceChildren(); // another equation's elements
    set(line, { class: isGeneral ? "formula formula--general" : "formula", "data-formula": `${run.cell} ${id}` });
    const row = part(part(line, "math", "math"), "mrow", "row");
    tokens.forEach((token, index) => drawToken(row, token, index));
  });
  const bars = part(root, "div", "bars", { class: "bars", "aria-hidden": "true", hidden: REMEMBERS[run.cell].includes(cell_step) ? null : "" });
  if (run.cell !== "rnn") drawBars(bars, memory(run.cell, value), options.strings);
}

function drawToken(row, { tag, text, quantity = null, index = null, strong = false, upright = false }, place) {
  const look = {
    class: [quantity && `hue-${quantity}`, strong && "value", upright && "upright"].filter(Boolean).join(" ") || null,
    "data-quantity": quantity, mathvariant: upright && text.length === 1 ? "normal" : null, stretchy: tag === "mo" ? "false" : null,
  };
  if (index === null) {
    part(row, tag, String(place), { ...look, text });
    return;
  }
  const group = part(row, "msub", String(place), look);
  part(group, tag, "symbol", { text });
  part(group, "mi", "index", { text: index });
}

/** Return what the unit remembered before, what it kept and wrote, and what it remembers now. */
function memory(cell, { forget_gate: f, input_gate: i, update_gate: u, candidate: g, ...value }) {
  const [before, kept, written, now] = cell === "lstm"
    ? [value.cell_state_before, f * value.cell_state_before, i * g, value.cell_state]
    : [value.hidden_state_before, u * value.hidden_state_before, (1 - u) * g, value.hidden_state];
  return [
    ["before", before, "ink-quiet"], ["kept", kept, cell === "lstm" ? "forget-gate" : "update-gate"], ["written", written, "candidate"], ["now", now, "ink"],
  ];
}

/** Before, kept, written, now: the update of the memory as four bars around zero. */
function drawBars(root, bars, strings) {
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
