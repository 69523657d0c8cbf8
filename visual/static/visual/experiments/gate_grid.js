/** The gates as a grid that is set by hand: a row for each gate, a column for each time step, a slider in each square. */

import { decimal, filled } from "../format.js";
import { shade } from "../scales.js";
import { checked, join, part, set } from "../svg.js";

const defaults = { strings: {}, locked: [], set: null, pointed: null };
const OPEN = 0.5;

/**
 * Draw `gates` ({gate: values}) into `root`. `set(gate, step, value, settled)` is called when the learner sets one,
 * `pointed(step)` when a time step is looked at. The rows in `locked` can only be read.
 */
export function drawGateGrid(root, gates, options = {}) {
  const { strings, locked, set: setGate, pointed } = checked(defaults, options, "drawGateGrid");
  join(root, "div", Object.entries(gates), (row, [gate, values]) => {
    const isLocked = locked.includes(gate);
    set(row, { class: "gates__row", role: "group", "aria-label": strings[gate], "data-gate": gate });
    const name = part(row, "span", "name", { class: `gates__name gate-name--${gate}` });
    part(name, "b", "title", { text: strings[gate] });
    part(name, "small", "note", { text: isLocked ? strings.given : strings[`${gate}_meaning`] });
    join(part(row, "div", "squares", { class: "gates__squares" }), "label", values, (square, value, index) => {
      set(square, { class: "gates__square", style: { "--level": value, background: shade(gate, value) }, "data-open": value > OPEN ? "" : null });
      const input = part(square, "input", "value", {
        type: "range", min: 0, max: 1, step: 0.1, disabled: isLocked ? "" : null,
        "aria-label": filled(strings.gate_at, { gate: strings[gate], step: index + 1 }), "aria-valuetext": decimal(value, 1),
      });
      if (Number(input.value) !== value) input.value = value;
      part(square, "span", "number", { "aria-hidden": "true", text: value === 0 || value === 1 ? String(value) : decimal(value, 1) });
      input.onfocus = () => pointed(index + 1);
      square.onpointerenter = () => pointed(index + 1);
      input.oninput = () => setGate(gate, index, Number(input.value), false);
      input.onchange = () => setGate(gate, index, Number(input.value), true);
      input.onkeydown = (event) => {
        if (event.key !== " " && event.key !== "Enter") return;
        event.preventDefault();
        toggle();
      };
      // A press opens or closes; what lies between is set with the arrow keys.
      input.onpointerdown = (event) => {
        if (event.button !== 0 || input.disabled) return;
        event.preventDefault();
        input.focus();
        toggle();
      };
      function toggle() { setGate(gate, index, Number(input.value) > OPEN ? 0 : 1, true); }
    });
  });
}

/** Draw below the gates whether each time step is as wanted, and mark the one that is explained. */
export function drawMarks(root, right, { strings, step }) {
  part(root, "span", "name", { class: "gates__name", text: strings.as_wanted });
  join(part(root, "div", "squares", { class: "gates__squares" }), "span", right, (mark, is_right, index) => set(mark, {
    class: is_right ? "gates__mark gates__mark--right" : "gates__mark", role: "img", text: is_right ? "✓" : "✗",
    "aria-label": is_right ? strings.right : strings.wrong, "data-now": index + 1 === step ? "" : null,
  }));
}
