/** The view through time: lay the unrolled network on its canvas, and connect its own controls. */

import { drawColumnGhosts } from "./ghosts.js";
import { cellName, layerNames, pairLabel, unrolledLabel } from "./labels.js";
import { drawUnrolled } from "./unrolled.js";
import { drawUnrolledPair } from "./unrolled_pair.js";

const COLUMN = { few: 52, many: 34 }; // a picture with narrower columns is scrolled sideways
const MANY = 20;
const BESIDE = 200; // the layers' names and the error

/** Draw `snapshot` on the view through time of `screen`. */
export function drawTimePanel(screen, snapshot) {
  const { strings } = screen;
  const { position, lengths, beside } = snapshot;
  const narrowest = BESIDE + lengths.given * (lengths.given > MANY ? COLUMN.many : COLUMN.few);
  const isPair = beside !== null;
  screen.root.toggleAttribute("data-pair", isPair);
  for (const note of screen.root.querySelectorAll("[data-pair-note]")) note.hidden = (note.dataset.pairNote === "yes") !== isPair;
  const chooser = screen.role("beside");
  chooser.value = beside?.run.cell ?? "";
  for (const option of chooser.options) option.disabled = option.value === snapshot.run.cell; // that one stands above
  screen.onCanvas("unrolled", (canvas, size) => {
    const drawn = isPair ? "pair" : "one";
    if (canvas.dataset.drawn !== drawn) canvas.querySelector("svg")?.remove();
    canvas.dataset.drawn = drawn;
    const options = { ...size, width: Math.max(size.width, narrowest), layer_names: layerNames(snapshot.run, strings), strings };
    if (isPair) {
      const names = [snapshot.run, beside.run].map(({ cell }) => cellName(cell, strings));
      drawUnrolledPair(canvas, snapshot, { ...options, names, label: pairLabel(snapshot, strings) });
    } else {
      drawUnrolled(canvas, snapshot, { ...options, label: unrolledLabel(snapshot, strings) });
      drawColumnGhosts(canvas, snapshot);
    }
    const mark = canvas.querySelector(".column-mark");
    screen.keepInSight(canvas, `${position.phase} ${position.step}`, options.width, () => {
      const left = Number(mark.getAttribute("x"));
      return [left, left + Number(mark.getAttribute("width"))];
    });
  });
  for (const button of screen.root.querySelectorAll("[data-wave]")) {
    button.setAttribute("aria-pressed", String((button.dataset.wave === "backward") === (position.phase === "backward")));
  }
}

/** Tell `asked` what the learner wants: {beside(cell or null), wave(phase), open(layer, step)}. */
export function connectTimePanel(screen, asked) {
  screen.role("beside").addEventListener("change", (event) => asked.beside(event.target.value || null));
  for (const button of screen.root.querySelectorAll("[data-wave]")) {
    button.addEventListener("click", () => asked.wave(button.dataset.wave));
  }
  screen.canvas("unrolled").addEventListener("click", (event) => {
    const layer = Number(event.target.closest("[data-layer]")?.dataset.layer);
    const step = Number(event.target.closest("[data-step]")?.dataset.step);
    if (step) asked.open(layer || null, step);
  });
}
