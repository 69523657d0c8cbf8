/** The pictures' values as tables, for those who do not see the pictures or want the numbers. */

import { valuesAt } from "./cell_values.js";
import { CELLS } from "./cells.js";
import { decimal, filled, power, shown, significant } from "./format.js";
import { cellName } from "./labels.js";
import { hiddenState, isText, valuePredicted, valueRead } from "./snapshot.js";
import { checked } from "./svg.js";
import { drawTable } from "./table.js";

const defaults = { strings: {}, layer_names: [] };

/** Draw the tables of `snapshot`: the sequence, the states and gradients, the open cell, the loss. */
export function drawTables(root, snapshot, options = {}) {
  const { strings, layer_names } = checked(defaults, options, "drawTables");
  const { run, position, sequence, epoch, lengths } = snapshot;
  const steps = Array.from({ length: lengths.steps }, (_, index) => index + 1);
  drawTable(root, "sequence", filled(strings.table_sequence, { epoch: position.epoch }),
    [strings.table_step, strings.table_read, strings.table_predicted, strings.table_target],
    steps.map((step) => {
      const predicted = valuePredicted(snapshot, step);
      const target = predicted === null ? null : sequence.target[step - lengths.given];
      return [String(step), ...[valueRead(snapshot, step), predicted, target].map(orDash)];
    }));
  if (snapshot.change) drawChangeTable(root, snapshot, strings, layer_names);
  else root.querySelector('[data-part="change"]')?.remove();
  if (isText(sequence)) drawProbabilityTable(root, snapshot, strings);
  else root.querySelector('[data-part="probabilities"]')?.remove();
  drawTable(root, "hidden_state", filled(strings.table_hidden, { step: position.step }), [strings.table_unit, ...layer_names],
    Array.from({ length: run.units }, (_, unit) => [
      String(unit + 1), ...layer_names.map((_name, index) => decimal(hiddenState(snapshot, index + 1, position.step)[unit])),
    ]));
  drawTable(root, "gradient_norm", strings.table_gradient, [strings.table_step, ...layer_names],
    steps.slice(0, lengths.given).map((step) => [String(step), ...epoch.gradient_norm.map((norms) => power(norms[step - 1]))]));
  if (snapshot.beside?.epoch) {
    drawTable(root, "gradient_norm_beside", filled(strings.table_gradient_beside, { cell: cellName(snapshot.beside.run.cell, strings) }), [strings.table_step, ...layer_names],
      steps.slice(0, lengths.given).map((step) => [String(step), ...snapshot.beside.epoch.gradient_norm.map((norms) => power(norms[step - 1]))]));
  } else root.querySelector('[data-part="gradient_norm_beside"]')?.remove();
  if (snapshot.inspection) drawCellTable(root, snapshot, strings);
  drawTable(root, "loss", isText(sequence) ? strings.table_loss_text : strings.table_loss, [strings.table_epoch, strings.table_training, strings.table_validation],
    snapshot.losses.map((loss) => [
      String(loss.epoch), loss.training_loss === null ? "–" : significant(loss.training_loss, 4), significant(loss.validation_loss, 4),
    ]));
}

/** What an experiment altered: the predictions beside those of the unchanged run, and how much the states of each layer differ. */
function drawChangeTable(root, { change, lengths, run }, strings, layer_names) {
  const states = run.cell === "lstm" ? ["hidden_state", "cell_state"] : ["hidden_state"];
  const layers = states.flatMap((state) => layer_names.map((name, index) => [`${name}: ${strings[state]}`, change[`${state}_change`][index]]));
  const said = (values, step) => orDash(step < lengths.given ? null : values[step - lengths.given]);
  drawTable(root, "change", strings.table_change, [strings.table_step, strings.unchanged, strings.changed, ...layers.map(([name]) => name)],
    Array.from({ length: lengths.steps }, (_, index) => index + 1).map((step) => [
      String(step), said(change.original_prediction, step), said(change.prediction, step), ...layers.map(([, values]) => decimal(values[step - 1], 3)),
    ]));
}

/** How probable every character is at each prediction. */
function drawProbabilityTable(root, { sequence, epoch, position, lengths }, strings) {
  drawTable(root, "probabilities", filled(strings.table_probabilities, { epoch: position.epoch }),
    [strings.table_character, ...epoch.probabilities.map((_values, index) => filled(strings.step_text, { step: lengths.given + 1 + index }))],
    [...sequence.symbols].map((symbol, place) => [shown(symbol), ...epoch.probabilities.map((values) => decimal(values[place], 4))]));
}

/** The inside of the layer in the cell view at this time step, unit by unit. */
function drawCellTable(root, snapshot, strings) {
  const names = CELLS[snapshot.run.cell].parts;
  const values = valuesAt(snapshot);
  drawTable(root, "cell", filled(strings.table_cell, { layer: snapshot.layer, step: snapshot.step }),
    [strings.table_unit, ...names.map((name) => strings[name])],
    values.hidden_state.map((_value, unit) => [String(unit + 1), ...names.map((name) => decimal(values[name][unit], 3))]));
}

function orDash(value) {
  if (value === null) return "–";
  return typeof value === "number" ? decimal(value, 3) : shown(value);
}
