/** The cell view: lay its drawings on their canvases, and connect its own controls. */

import { drawCell } from "./cell.js";
import { drawGruCell } from "./cell_gru.js";
import { drawRnnCell } from "./cell_rnn.js";
import { drawNumbers } from "./numbers.js";
import { filled } from "./format.js";
import { drawCellGhosts, drawHistoryGhosts } from "./ghosts.js";
import { cellLabel, historyLabel } from "./labels.js";
import { drawPadlocks } from "./padlocks.js";
import { drawSequence } from "./sequence_panel.js";
import { drawUnitHistory } from "./unit_history.js";

const DIAGRAMS = { lstm: drawCell, gru: drawGruCell, rnn: drawRnnCell };
const PADDING = { padding_left: 104, padding_right: 14 };
const NARROWEST = 830; // a narrower cell is scrolled sideways
const OPENING = { duration: 320, easing: "cubic-bezier(0.2, 0.7, 0.2, 1)" };

/** Draw `snapshot`, a network snapshot with {layer, unit, step, cell_step, inspection}; inspection may be null yet. */
export function drawCellPanel(screen, snapshot) {
  const { root, strings } = screen;
  const { run, layer, unit, cell_step, inspection } = snapshot;
  screen.role("cell_title").textContent = filled(strings.cell_title, { layer, layers: run.layers });
  for (const group of root.querySelectorAll("[data-steps-of]")) group.hidden = group.dataset.stepsOf !== run.cell;
  screen.role("layer_below").setAttribute("aria-disabled", String(layer === 1));
  screen.role("layer_above").setAttribute("aria-disabled", String(layer === run.layers));
  for (const button of root.querySelectorAll("[data-cell-step]")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.cellStep) === cell_step));
  }
  for (const text of root.querySelectorAll("[data-step-text]")) text.hidden = Number(text.dataset.stepText) !== cell_step;
  const chooser = screen.role("unit");
  chooser.max = run.units;
  chooser.value = unit;
  chooser.style.setProperty("--fill", `${((unit - 1) / (run.units - 1)) * 100}%`);
  screen.output("unit").textContent = unit;
  root.toggleAttribute("data-stale", inspection === null);
  screen.onCanvas("sequence", (canvas, size) => {
    drawSequence(canvas, snapshot, {
      ...size, ...PADDING, tick_every: size.width < 480 ? 15 : 5, time_axis: strings.time_axis, axis_beside: true, strings,
      scrubber: root.querySelector('[data-panel="cell"] [data-role="step"]'),
    });
  });
  if (inspection === null) return;
  screen.onCanvas("cell", (canvas, size) => {
    if (canvas.dataset.drawn !== run.cell) canvas.querySelector("svg")?.remove(); // another cell's diagram
    canvas.dataset.drawn = run.cell;
    const width = Math.max(size.width, NARROWEST);
    DIAGRAMS[run.cell](canvas, snapshot, {
      ...size, width, strings, label: cellLabel(snapshot, strings),
    });
    drawCellGhosts(canvas, snapshot);
    if (mayClamp(root)) drawPadlocks(canvas, snapshot, strings);
    screen.keepInSight(canvas, `${run.cell} ${cell_step}`, width, () => (cell_step === 0 ? [0, 0] : litEnds(canvas)));
  });
  screen.onCanvas("history", (canvas, size) => {
    drawUnitHistory(canvas, snapshot, { ...size, ...PADDING, strings, label: historyLabel(snapshot, strings) });
    drawHistoryGhosts(canvas, snapshot);
  });
  drawNumbers(screen.role("formulas"), snapshot, { strings });
}

/** Return from where to where in the diagram lies what this step is about. */
function litEnds(canvas) {
  const lit = canvas.querySelectorAll('.quantity:not(.quantity--quiet):not([data-quantity="recurrence"])'); // which goes all along it
  const boxes = [...lit].map((quantity) => quantity.getBBox());
  return [Math.min(...boxes.map(({ x }) => x)), Math.max(...boxes.map(({ x, width }) => x + width))];
}

/** Whether this arm has the experiment that the padlocks open. */
function mayClamp(root) {
  const without = root.dataset.without.split(" ");
  return !["experiments", "clamp_gate"].some((feature) => without.includes(feature));
}

/** Tell `asked` what the learner wants in the cell view: {leave(), layer(by), step(number), next(), unit(n), point(n or null)}. */
export function connectCellPanel(screen, asked) {
  const { root } = screen;
  screen.role("leave_cell").addEventListener("click", () => asked.leave());
  screen.role("layer_below").addEventListener("click", () => asked.layer(-1));
  screen.role("layer_above").addEventListener("click", () => asked.layer(1));
  screen.role("next_cell_step").addEventListener("click", () => asked.next());
  screen.role("unit").addEventListener("input", (event) => asked.unit(Number(event.target.value)));
  for (const button of root.querySelectorAll("[data-cell-step]")) {
    button.addEventListener("click", () => asked.step(Number(button.dataset.cellStep)));
  }
  const canvas = screen.canvas("cell");
  const unitAt = (event) => Number(event.target.closest("[data-unit]")?.dataset.unit) || null;
  canvas.addEventListener("pointerover", (event) => asked.point(unitAt(event)));
  canvas.addEventListener("pointerleave", () => asked.point(null));
  canvas.addEventListener("click", (event) => unitAt(event) && asked.unit(unitAt(event)));
  // Word, diagram and formula of one quantity light up together.
  for (const panel of root.querySelectorAll('[data-panel="cell"]')) {
    panel.addEventListener("pointerover", (event) => {
      const quantity = event.target.closest("[data-quantity]")?.dataset.quantity;
      for (const element of root.querySelectorAll("[data-quantity]")) {
        element.classList.toggle("is-lit", quantity !== undefined && element.dataset.quantity === quantity);
      }
    });
  }
}

/** Let the cell grow out of the glyph that was at `from` (a rectangle on the screen), unless motion is unwelcome. */
export function zoomInto(screen, from) {
  if (!from || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const card = screen.canvas("cell").closest(".card");
  const to = card.getBoundingClientRect();
  const start = `translate(${from.left - to.left}px, ${from.top - to.top}px) scale(${from.width / to.width}, ${from.height / to.height})`;
  card.animate([{ transform: start, transformOrigin: "0 0", opacity: 0.2 }, { transform: "none", transformOrigin: "0 0", opacity: 1 }], OPENING);
}
