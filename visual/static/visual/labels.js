/** The pictures in words: what a screen reader says for them, and the sentences of the dock. */

import { valuesAt } from "./cell_values.js";
import { CELLS } from "./cells.js";
import { decimal, filled, power, shown, significant } from "./format.js";
import { WHOLE_EPOCHS_FROM } from "./player.js";
import { isComplete, predictionsMade } from "./position.js";
import { gradientNorm, hiddenState, isText, lastShown, valueRead } from "./snapshot.js";

/** Return the names of the layers, in order. */
export function layerNames(run, strings) {
  return Array.from({ length: run.layers }, (_, index) => filled(strings.layer, { layer: index + 1 }));
}

/** Return the network's picture in words: what it reads and remembers, or the gradients in the backward phase. */
export function networkLabel(snapshot, strings) {
  const { run, position } = snapshot;
  const layers = Array.from({ length: run.layers }, (_, index) => index + 1);
  if (position.phase === "backward") {
    const norms = layers.map((layer) => power(gradientNorm(snapshot, layer, position.step))).join(", ");
    return filled(strings.network_label_backward, { step: position.step, norms });
  }
  const means = layers.map((layer) => {
    const values = hiddenState(snapshot, layer, position.step);
    return decimal(values.reduce((sum, value) => sum + value, 0) / values.length);
  }).join("; ");
  return filled(strings.network_label, {
    step: position.step, read: shown(valueRead(snapshot, position.step)), layers: run.layers, units: run.units, means,
  });
}

/** Return the unrolled network in words: in the backward phase each layer's gradient at the first and last time step. */
export function unrolledLabel({ run, epoch, position, lengths }, strings) {
  if (position.phase !== "backward") return filled(strings.unrolled_label, {
    layers: run.layers, step: position.step, given: lengths.given,
  });
  const norms = epoch.gradient_norm.map((layer, index) => filled(strings.unrolled_gradient, {
    layer: index + 1, last: power(layer.at(-1)), first: power(layer[0]), given: lengths.given,
  }));
  return `${strings.unrolled_backward} ${norms.join(" ")}`;
}

/** Return both unrolled networks in words, each with its name. */
export function pairLabel(snapshot, strings) {
  const { run, beside } = snapshot;
  return [snapshot, { ...snapshot, ...beside }].filter(({ epoch }) => epoch !== null)
    .map((each, index) => `${cellName([run, beside.run][index].cell, strings)}: ${unrolledLabel(each, strings)}`).join(" ");
}

/** Return the name of a kind of cell. */
export function cellName(cell, strings) {
  return cell === "rnn" ? strings.plain_rnn : cell.toUpperCase();
}

/** Return the sequence plot in words, with the error of the predictions made so far. */
export function predictionLabel(snapshot, strings) {
  const { sequence, epoch, position, lengths } = snapshot;
  const made = predictionsMade(lengths, position);
  const { given, predictions } = lengths;
  if (isText(sequence)) return charactersLabel(snapshot, made, strings);
  if (predictions === 1) {
    return filled(strings.recall_label, {
      shown: lastShown(snapshot, given), given, target: decimal(sequence.target[0]), prediction: made ? decimal(epoch.prediction[0]) : "–",
    });
  }
  const squares = sequence.target.slice(0, made).map((target, index) => (epoch.prediction[index] - target) ** 2);
  const error = made === 0 ? "–" : significant(squares.reduce((sum, value) => sum + value, 0) / made);
  return filled(strings.prediction_label, { given, made, predictions, error });
}

/** Return a text in words: what is read, and for each prediction made what it is, how probable, and what follows. */
function charactersLabel({ sequence, epoch, lengths }, made, strings) {
  const said = [...epoch.prediction].slice(0, made).map((symbol, index) => filled(strings.character_predicted, {
    step: lengths.given + 1 + index, prediction: shown(symbol), target: shown(sequence.target[index]),
    probability: decimal(epoch.probabilities[index][sequence.symbols.indexOf(symbol)]),
  }));
  return [filled(strings.characters_label, { read: sequence.input, made, predictions: lengths.predictions }), ...said].join(" ");
}

/** Return the loss curve in words. */
export function lossLabel({ epoch, position }, reached, strings) {
  return filled(strings.loss_label, { reached, epoch: position.epoch, loss: significant(epoch.validation_loss) });
}

/** Return an epoch's number and loss in the words of `sentence`; `data` may not be known yet. */
export function epochText(sentence, epoch, data) {
  return filled(sentence, { epoch, loss: data ? significant(data.validation_loss) : "–" });
}

/** Return the marks of the loss curve: where which setting was changed to what. */
export function editMarks(run, strings) {
  return run.edits.map(({ epoch, ...changes }) => ({
    epoch,
    text: Object.entries(changes)
      .map(([name, value]) => filled(strings.edit, { name: strings[name], value: significant(value) })).join(", "),
  }));
}

/** Return the one plain sentence on what is happening now. */
export function phaseSentence({ run, sequence, lengths, position, playing, speed, computing }, strings) {
  if (computing !== null) return filled(strings.computing, { epoch: computing });
  if (playing && speed >= WHOLE_EPOCHS_FROM) return strings.phase_whole;
  if (!playing && isComplete(lengths, position)) {
    return position.epoch === 0 ? strings.phase_untrained : filled(strings.phase_rest, { epoch: position.epoch });
  }
  if (lengths.predictions === 1 && position.phase === "forward" && sequence) {
    if (position.step === lengths.given) return strings.phase_asked;
    return sequence.input[position.step - 1] === 0 ? strings.phase_silence : strings[`phase_${run.data}`];
  }
  const isCharacters = sequence && isText(sequence) && position.phase !== "backward";
  return strings[isCharacters ? `phase_${position.phase}_text` : `phase_${position.phase}`];
}

/** Return the cell's picture in words: the chosen unit's values. */
export function cellLabel(snapshot, strings) {
  const { layer, unit, position, run } = snapshot;
  const values = valuesAt(snapshot);
  const numbers = CELLS[run.cell].parts.map((name) => `${strings[name]} ${decimal(values[name][unit - 1])}`).join(", ");
  return filled(strings.cell_label, { cell: run.cell.toUpperCase(), layer, unit, step: position.step, numbers });
}

/** Return the history of a unit in words. */
export function historyLabel({ run, unit, inspection, lengths }, strings) {
  const ranges = CELLS[run.cell].history.map((name) => {
    const values = inspection[name].map((units) => units[unit - 1]);
    return `${strings[name]} ${decimal(Math.min(...values))} – ${decimal(Math.max(...values))}`;
  });
  return filled(strings.history_label, { unit, steps: lengths.steps, ranges: ranges.join(", ") });
}
