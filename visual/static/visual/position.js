/**
 * Where playback stands: an epoch, a phase and a time step.
 *
 * Within an epoch the network first reads the input (forward), then continues on its own predictions (validation),
 * then the error flows back through the input's time steps (backward); the next position is the next epoch's first.
 * How many time steps that takes is the data set's: `lengths` says it. Where one value is predicted, the last time
 * step of the input is the last of all, and there is no validation phase.
 */

/** Return the lengths of a sequence: time steps that read the input, values predicted, and all time steps. */
export function lengthsOf({ input, target }) {
  return lengths(input.length, target.length);
}

/** Return the lengths of a data set that gives and asks for so many values. */
export function lengths(given, predictions) {
  return { given, predictions, steps: given + predictions - 1 };
}

/** Return how many positions an epoch has. */
export function positions({ given, steps }) {
  return steps + given;
}

/** Return the position of `epoch` when its forward pass is complete and every prediction is on the screen. */
export function atRest(lengths, epoch) {
  return at(lengths, epoch, lengths.steps);
}

/** Return the forward position of `epoch` at `step`. */
export function at({ given }, epoch, step) {
  return { epoch, step, phase: step <= given ? "forward" : "validation" };
}

/** Return whether the forward pass is complete at `position`, and the error doesn't flow back yet. */
export function isComplete({ steps }, { phase, step }) {
  return phase !== "backward" && step === steps;
}

/** Return the position after `position`, which may be the next epoch's first. */
export function following(lengths, { epoch, phase, step }) {
  if (phase === "backward") return step > 1 ? { epoch, phase, step: step - 1 } : at(lengths, epoch + 1, 1);
  if (step < lengths.steps) return at(lengths, epoch, step + 1);
  return { epoch, phase: "backward", step: lengths.given };
}

/** Return the position `by` time steps away, within the pass that `position` is in. */
export function stepped(lengths, { epoch, phase, step }, by) {
  const isBackward = phase === "backward";
  const to = Math.min(isBackward ? lengths.given : lengths.steps, Math.max(1, step + by));
  return isBackward ? { epoch, phase, step: to } : at(lengths, epoch, to);
}

/** Return where `phase` begins in `epoch`. */
export function beginning(lengths, epoch, phase) {
  if (phase === "backward") return { epoch, phase, step: lengths.given };
  return at(lengths, epoch, phase === "forward" ? 1 : lengths.given + 1);
}

/** Return how many predictions the network has made at `position`. */
export function predictionsMade({ given, predictions }, { phase, step }) {
  return phase === "backward" ? predictions : Math.max(0, step - given + 1);
}
