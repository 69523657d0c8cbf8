/** The sequence plot that fits the data set: a curve that goes on, one value to remember, or a text. */

import { timeScale } from "./axes.js";
import { drawCharacters } from "./characters.js";
import { align } from "./controls.js";
import { predictionLabel } from "./labels.js";
import { drawPrediction } from "./prediction.js";
import { drawRecall } from "./recall.js";
import { isText } from "./snapshot.js";

/** Draw the sequence of `snapshot` on `canvas`, and let `scrubber` travel along its time steps. */
export function drawSequence(canvas, snapshot, { strings, scrubber, ...options }) {
  const { lengths } = snapshot;
  const label = predictionLabel(snapshot, strings);
  const axis = { value_axis: strings.value_axis };
  const drawn = isText(snapshot.sequence) ? "text" : lengths.predictions === 1 ? "recall" : "curve";
  if (canvas.dataset.drawn !== drawn) canvas.querySelector("svg")?.remove(); // another data set's plot
  canvas.dataset.drawn = drawn;
  if (drawn === "text") drawCharacters(canvas, snapshot, { ...options, strings, label });
  else if (drawn === "recall") drawRecall(canvas, snapshot, { ...options, ...axis, strings, label });
  else drawPrediction(canvas, snapshot, { ...options, ...axis, label });
  const x = timeScale(lengths, options);
  align(scrubber, x(1), x(lengths.steps));
}
