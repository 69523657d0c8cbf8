/** A moment of a run in which something was altered: the views draw it like any other, and the unchanged one as a ghost. */

/** Return `snapshot` as `answer` (a what-if of its epoch, visual/payload.py) changes it. */
export function altered(snapshot, answer) {
  const { sequence, epoch } = snapshot;
  return {
    ...snapshot,
    sequence: { ...sequence, input: answer.input },
    // The ghost is the unchanged run.
    previous: { epoch: epoch.epoch, prediction: epoch.prediction, probabilities: epoch.probabilities },
    epoch: { ...epoch, prediction: answer.prediction, hidden_state: answer.hidden_state, probabilities: answer.probabilities },
    change: answer,
    unchanged: { input: sequence.input, prediction: epoch.prediction, hidden_state: answer.original_hidden_state },
  };
}

/** Return the inside of `layer` in the altered run, in the form of an inspection, or null while it is not known. */
export function alteredInspection({ change }, layer) {
  if (change.inspection?.layer !== layer) return null;
  const place = { spec: `${change.spec}?${change.question.join("&")}`, epoch: change.epoch };
  return { ...change.inspection, ...place };
}
