/** What came of a change, as a table: the unchanged run, the changed one, and the difference. */

import { decimal, difference, signed, significant } from "../format.js";
import { join, part, set } from "../svg.js";

/** Return the measured numbers of a what-if's `answer` (visual/payload.py): how the loss and the prediction changed. */
export function measured({ loss, original_loss, loss_change, prediction_change }) {
  const moved = prediction_change.map(Math.abs);
  return {
    loss, original_loss, loss_change,
    prediction_change: prediction_change.length === 1 ? prediction_change[0] : moved.reduce((sum, value) => sum + value, 0) / moved.length,
  };
}

/** Draw the table of `answer` into `root`, with further `rows` [[name, before, after, difference]] in words; null empties it. */
export function drawResult(root, answer, { strings, rows = [] }) {
  if (answer === null) return root.replaceChildren();
  const numbers = measured(answer);
  const lines = [
    [strings.loss_of_prediction, significant(numbers.original_loss), significant(numbers.loss), difference(numbers.loss_change)],
    answer.prediction_change.length === 1
      ? [strings.answer, decimal(answer.original_prediction[0]), decimal(answer.prediction[0]), signed(numbers.prediction_change)]
      : [strings.prediction_moved, "", "", significant(numbers.prediction_change, 2)],
    ...rows,
  ];
  const table = part(root, "table", "table", { class: "result" });
  const head = part(part(table, "thead", "head"), "tr", "row");
  join(head, "th", ["", strings.unchanged, strings.changed, strings.change], (cell, text) => set(cell, { scope: "col", text }));
  join(part(table, "tbody", "body"), "tr", lines, (row, [name, ...values]) => {
    part(row, "th", "name", { scope: "row", text: name });
    values.forEach((text, index) => part(row, "td", String(index), { text }));
  });
  return table;
}
