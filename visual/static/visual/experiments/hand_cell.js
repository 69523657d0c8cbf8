/** One LSTM unit whose gates are set by hand: its forward pass (visual/experiments/hand_set.py), and how well it does. */

/** The gates that are set, in the order of their rows. */
export const GATES = ["forget_gate", "input_gate", "output_gate"];

/**
 * Return candidate, cell_state and hidden_state over the time steps, as the engine's LSTM computes them:
 * c_t = forget · c_{t−1} + input · candidate, h_t = output · tanh(c_t). The candidate is tanh(weight · x).
 */
export function forward(input, gates, weight) {
  const passed = { candidate: [], cell_state: [], hidden_state: [] };
  let cell_state = 0;
  input.forEach((value, step) => {
    const candidate = Math.tanh(weight * value);
    cell_state = gates.forget_gate[step] * cell_state + gates.input_gate[step] * candidate;
    passed.candidate.push(candidate);
    passed.cell_state.push(cell_state);
    passed.hidden_state.push(gates.output_gate[step] * Math.tanh(cell_state));
  });
  return passed;
}

/**
 * Return how well `gates` do `task`: `right`, for each time step; `score`, how many are; and `first`, the first step
 * that is not, with the gate that is to blame and whether it is too "open" or too "closed".
 */
export function judged(task, gates, { weight, tolerance }) {
  const { cell_state, hidden_state } = forward(task.input, gates, weight);
  const near = (values, name) => values.map((value, step) => Math.abs(value - task.wanted[name][step]) <= tolerance);
  const [cell, hidden] = [near(cell_state, "cell_state"), near(hidden_state, "hidden_state")];
  const right = cell.map((is_right, step) => is_right && hidden[step]);
  const step = right.indexOf(false);
  const first = step < 0 ? null : { step: step + 1, ...blamed(task, gates, { step, weight, tolerance, cell, passed: { cell_state, hidden_state } }) };
  return { right, score: right.filter(Boolean).length, first };
}

/** Up to this step all was well: one gate, set as it should be, mends it, or else the one that is furthest off. */
function blamed(task, gates, { step, weight, tolerance, cell, passed }) {
  const quantity = cell[step] ? "hidden_state" : "cell_state";
  const off = (gate) => gates[gate][step] - task.gates[gate][step];
  const mends = (gate) => {
    const mended = { ...gates, [gate]: gates[gate].with(step, task.gates[gate][step]) };
    const value = forward(task.input, mended, weight)[quantity][step];
    return Math.abs(value - task.wanted[quantity][step]) <= tolerance;
  };
  const candidates = (quantity === "hidden_state" ? ["output_gate"] : ["forget_gate", "input_gate"]);
  const gate = candidates.find(mends) ?? candidates.toSorted((one, other) => Math.abs(off(other)) - Math.abs(off(one)))[0];
  return { gate, too: off(gate) > 0 ? "open" : "closed", quantity, value: passed[quantity][step], wanted: task.wanted[quantity][step] };
}
