/** The view through time: lay the unrolled network on its canvas, and connect its own controls. */

import { drawColumnGhosts } from "./ghosts.js";
import { layerNames, unrolledLabel } from "./labels.js";
import { drawUnrolled } from "./unrolled.js";

const COLUMN = { few: 52, many: 34 }; // a picture with narrower columns is scrolled sideways
const MANY = 20;
const BESIDE = 200; // the layers' names and the error

/** Draw `snapshot` on the view through time of `screen`. */
export function drawTimePanel(screen, snapshot) {
  const { strings } = screen;
  const { position, lengths } = snapshot;
  const narrowest = BESIDE + lengths.given * (lengths.given > MANY ? COLUMN.many : COLUMN.few);
  screen.onCanvas("unrolled", (canvas, size) => {
    drawUnrolled(canvas, snapshot, {
      ...size, width: Math.max(size.width, narrowest), layer_names: layerNames(snapshot.run, strings), strings,
      label: unrolledLabel(snapshot, strings),
    });
    drawColumnGhosts(canvas, snapshot);
  });
  for (const button of screen.root.querySelectorAll("[data-wave]")) {
    button.setAttribute("aria-pressed", String((button.dataset.wave === "backward") === (position.phase === "backward")));
  }
}

/** Tell `asked` what the learner wants: {wave(phase), open(layer, step)}. */
export function connectTimePanel(screen, asked) {
  for (const button of screen.root.querySelectorAll("[data-wave]")) {
    button.addEventListener("click", () => asked.wave(button.dataset.wave));
  }
  screen.canvas("unrolled").addEventListener("click", (event) => {
    const layer = Number(event.target.closest("[data-layer]")?.dataset.layer);
    const step = Number(event.target.closest("[data-step]")?.dataset.step);
    if (step) asked.open(layer || null, step);
  });
}
