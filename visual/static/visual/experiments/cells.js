/** What the kinds of cell are made of, by the engine's names (visual/engine/cells.py). */

/** The blocks of each cell's weights. */
export const BLOCKS = {
  lstm: ["forget_gate", "input_gate", "candidate", "output_gate"],
  gru: ["update_gate", "reset_gate", "candidate"],
  rnn: ["hidden_state"],
};

/** What each cell hands on to its next time step. */
export const STATES = { lstm: ["hidden_state", "cell_state"], gru: ["hidden_state"], rnn: ["hidden_state"] };
