/** What the kinds of cell are made of, by the engine's names (visual/engine/cells.py). */

/** The blocks of each cell's weights. */
export const BLOCKS = {
  lstm: ["forget_gate", "input_gate", "candidate", "output_gate"],
  gru: ["reset_gate", "update_gate", "candidate"],
  rnn: ["hidden_state"],
};
