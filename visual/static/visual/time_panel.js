/** The view through time: lay the unrolled network on its canvas, and connect its own controls. */

import { layerNames, unrolledLabel } from "./labels.js";
import { INPUT_STEPS } from "./position.js";
import { drawUnrolled } from "./unrolled.js";

const NARROWEST = 980; // a narrower picture is scrolled sideways

/** Draw `snapshot` on the view through time of `screen`. */
export function drawTimePanel(screen, snapshot) {
  const { strings } = screen;
  const { position } = snapshot;
  screen.onCanvas("unrolled", (canvas, size) => drawUnrolled(canvas, snapshot, {
    ...size, width: Math.max(size.width, NARROWEST), layer_names: layerNames(snapshot.run, strings), strings,
    label: unrolledLabel(snapshot, strings),
  }));
  for (const button of screen.root.querySelectorAll("[data-wave]")) {
    button.setAttribute("aria-pressed", String((button.dataset.wave === "backward") === (position.phase === "backward")));
  }
}

/** Tell `asked` what the learner wants: {wave(position of the epoch), open(layer, step)}. */
export function connectTimePanel(screen, asked) {
  for (const button of screen.root.querySelectorAll("[data-wave]")) {
    const backward = button.dataset.wave === "backward";
    button.addEventListener("click", () => asked.wave(
      backward ? { phase: "backward", step: 1 } : { phase: "forward", step: INPUT_STEPS }));
  }
  screen.canvas("unrolled").addEventListener("click", (event) => {
    const layer = Number(event.target.closest("[data-layer]")?.dataset.layer);
    const step = Number(event.target.closest("[data-step]")?.dataset.step);
    if (step) asked.open(layer || null, step);
  });
}
