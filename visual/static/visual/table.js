/** A table of values, with its title and the names of its columns. */

import { join, part, set } from "./svg.js";

/** Draw the table called `name` into `root`: `heads` are its columns' names, `rows` are texts, the first of which names the row. */
export function drawTable(root, name, title, heads, rows) {
  const table = part(root, "table", name);
  part(table, "caption", "caption", { text: title });
  const head = part(part(table, "thead", "head"), "tr", "row");
  join(head, "th", heads, (cell, text) => set(cell, { scope: "col", text }));
  join(part(table, "tbody", "body"), "tr", rows, (row, [first, ...values]) => {
    part(row, "th", "name", { scope: "row", text: first });
    values.forEach((text, index) => part(row, "td", String(index), { text }));
  });
}
