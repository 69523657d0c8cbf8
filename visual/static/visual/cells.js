/** What the kinds of cell are made of, by the engine's names, in the order in which they are shown. */

/**
 * For each kind: `steps`, what each step in the cell is about; `parts`, what a unit has in numbers; `history`, what
 * is followed over time.
 */
export const CELLS = {
  lstm: {
    steps: [
      ["layer_input", "hidden_state_before"],
      ["forget_gate", "input_gate", "candidate", "output_gate"],
      ["cell_state_before", "keep", "write", "cell_state", "belt"],
      ["show", "hidden_state", "recurrence"],
    ],
    parts: ["forget_gate", "input_gate", "candidate", "output_gate", "cell_state_before", "cell_state", "hidden_state"],
    history: ["forget_gate", "input_gate", "output_gate", "cell_state"],
  },
  gru: {
    steps: [
      ["layer_input", "hidden_state_before", "heard"],
      ["update_gate", "reset_gate", "heard"],
      ["candidate", "reset_gate", "let_in"],
      ["hidden_state_before", "update_gate", "candidate", "keep", "write", "belt", "hidden_state", "recurrence"],
    ],
    parts: ["update_gate", "reset_gate", "candidate", "hidden_state_before", "hidden_state"],
    history: ["update_gate", "reset_gate", "candidate", "hidden_state"],
  },
  rnn: {
    steps: [
      ["layer_input", "hidden_state_before"],
      ["hidden_state_sum", "squash"],
      ["hidden_state", "output", "recurrence"],
    ],
    parts: ["hidden_state_before", "hidden_state_sum", "hidden_state"],
    history: ["hidden_state_sum", "hidden_state"],
  },
};

/** Return whether `name` in step `step` (0: all at once) of a `cell` is what the step is about. */
export function isLit(cell, step, name) {
  return step === 0 || CELLS[cell].steps[step - 1].includes(name);
}
