/** The values of an experiment's picture as a table, to be opened below it. */

import { drawTable } from "../table.js";
import { part } from "../svg.js";

/** Draw the table below what `stage` shows; `heads` and `rows` are texts. It is filled while it is open. */
export function drawStageTable(stage, title, heads, rows, redraw) {
  const details = part(stage, "details", "table", { class: "stage__values" });
  part(details, "summary", "title", { class: "pill", text: title });
  const panel = part(details, "div", "panel", { class: "stage__table", tabindex: "0", role: "region", "aria-label": title });
  const fill = () => details.open && drawTable(panel, "values", title, heads, rows);
  details.ontoggle = () => {
    fill();
    redraw(); // the pictures have less room
  };
  fill();
}
