/**
 * Where playback stands: an epoch, a phase and a time step.
 *
 * Within an epoch the network first reads the input (forward, time steps 1 to 15), then continues on its own
 * predictions (validation, 16 to 46), then the error flows back through the input's time steps (backward, 15 to 1);
 * the next position is the next epoch's first.
 */

/** Time steps that read the input. */
export const INPUT_STEPS = 15;
/** All time steps of a forward pass. */
export const TIME_STEPS = 46;
/** Positions within one epoch. */
export const POSITIONS = TIME_STEPS + INPUT_STEPS;

/** Return the position of `epoch` when its forward pass is complete and every prediction is on the screen. */
export function atRest(epoch) {
  return at(epoch, TIME_STEPS);
}

/** Return the forward position of `epoch` at `step`. */
export function at(epoch, step) {
  return { epoch, step, phase: step <= INPUT_STEPS ? "forward" : "validation" };
}

/** Return the position after `position`, which may be the next epoch's first. */
export function following({ epoch, phase, step }) {
  if (phase === "backward") return step > 1 ? { epoch, phase, step: step - 1 } : at(epoch + 1, 1);
  if (step < TIME_STEPS) return at(epoch, step + 1);
  return { epoch, phase: "backward", step: INPUT_STEPS };
}

/** Return how many of the 32 predictions the network has made at `position`. */
export function predictionsMade({ phase, step }) {
  if (phase === "backward") return TIME_STEPS - INPUT_STEPS + 1;
  return Math.max(0, step - INPUT_STEPS + 1);
}
