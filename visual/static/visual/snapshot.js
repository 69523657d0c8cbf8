/** What the views are given: plain data of one moment of a run, and the questions that they ask of it. */

import { lengthsOf } from "./position.js";

const FULL = 127; // the byte that stands for a hidden state of 1

/** Return the snapshot of `epochs` at `position`, or null while its epoch is not known. */
export function snapshotAt(epochs, position, reached) {
  const epoch = epochs.get(position.epoch);
  if (epoch === null) return null;
  return {
    run: epochs.run,
    sequence: epochs.sequence,
    lengths: lengthsOf(epochs.sequence),
    parameters: epochs.parameters,
    epoch,
    previous: epochs.get(position.epoch - 1),
    position,
    losses: epochs.losses(reached),
  };
}

/** Return the hidden state of `layer` (from 1) at `step` (from 1), one value per unit. */
export function hiddenState({ run, epoch, lengths }, layer, step) {
  const start = ((layer - 1) * lengths.steps + step - 1) * run.units;
  return Array.from(epoch.hidden_state.subarray(start, start + run.units), (byte) => byte / FULL);
}

/** Return what the first layer reads at `step`: the input, then the network's own predictions. */
export function valueRead({ sequence, epoch, lengths }, step) {
  return step <= lengths.given ? sequence.input[step - 1] : epoch.prediction[step - lengths.given - 1];
}

/** Return what the network predicts at `step`, or null where the payload has no prediction. */
export function valuePredicted({ epoch, lengths }, step) {
  return step >= lengths.given ? epoch.prediction[step - lengths.given] : null;
}

/** Return whether `sequence` is one of characters. */
export function isText(sequence) {
  return typeof sequence.input === "string";
}

/** Return the gradient norm of `layer` at `step` in the backward phase, else null. */
export function gradientNorm({ epoch, position, lengths }, layer, step) {
  const reached = position.phase === "backward" && step >= position.step && step <= lengths.given;
  return reached ? epoch.gradient_norm[layer - 1][step - 1] : null;
}

/** Return the last time step until `step` at which a memory task shows something. */
export function lastShown({ sequence }, step) {
  return sequence.input.findLastIndex((value, index) => value !== 0 && index < step) + 1;
}
