/** The pictures' values as tables, for those who do not see the pictures or want the numbers. */

import { decimal, significant } from "./format.js";
import { TIME_STEPS } from "./position.js";
import { hiddenState, valuePredicted, valueRead } from "./snapshot.js";
import { checked, join, part, set } from "./svg.js";

const defaults = { strings: {}, layer_names: [] };

/** Draw the tables of `snapshot`: the sequence, each layer's hidden state now, the loss of every epoch. */
export function drawTables(root, snapshot, options = {}) {
  const { strings, layer_names } = checked(defaults, options, "drawTables");
  const { run, position, sequence } = snapshot;
  const steps = Array.from({ length: TIME_STEPS }, (_, index) => index + 1);
  drawTable(root, "sequence", `${strings.table_predicted}, ${strings.table_epoch} ${position.epoch}`,
    [strings.table_step, strings.table_read, strings.table_predicted, strings.table_target],
    steps.map((step) => {
      const predicted = valuePredicted(snapshot, step);
      const target = predicted === null ? null : sequence.target[step - 15];
      return [String(step), ...[valueRead(snapshot, step), predicted, target].map(orDash)];
    }));
  drawTable(root, "hidden_state", `${strings.table_step} ${position.step}`, ["", ...layer_names],
    Array.from({ length: run.units }, (_, unit) => [
      String(unit + 1), ...layer_names.map((_name, index) => decimal(hiddenState(snapshot, index + 1, position.step)[unit])),
    ]));
  drawTable(root, "loss", strings.table_loss, [strings.table_epoch, strings.table_training, strings.table_validation],
    snapshot.losses.map((loss) => [
      String(loss.epoch), loss.training_loss === null ? "–" : significant(loss.training_loss, 4), significant(loss.validation_loss, 4),
    ]));
}

function drawTable(root, name, title, heads, rows) {
  const table = part(root, "table", name);
  part(table, "caption", "caption", { text: title });
  const head = part(part(table, "thead", "head"), "tr", "row");
  join(head, "th", heads, (cell, text) => set(cell, { scope: "col", text }));
  join(part(table, "tbody", "body"), "tr", rows, (row, [first, ...values]) => {
    part(row, "th", "name", { scope: "row", text: first });
    values.forEach((text, index) => part(row, "td", String(index), { text }));
  });
}

function orDash(value) {
  return value === null ? "–" : decimal(value, 3);
}
