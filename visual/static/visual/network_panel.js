/** The network view and the loss card: lay the drawings on their canvases. */

import { align, connectDragging } from "./controls.js";
import { filled } from "./format.js";
import { drawUnitGhosts } from "./ghosts.js";
import { editMarks, layerNames, lossLabel, networkLabel } from "./labels.js";
import { drawLossCurve, epochScale } from "./loss_curve.js";
import { drawNetwork } from "./network.js";
import { drawSequence } from "./sequence_panel.js";
import { isText } from "./snapshot.js";
import { set } from "./svg.js";
import { drawTables } from "./tables.js";

/** Draw `snapshot` on the network view of `screen`. */
export function drawNetworkPanel(screen, snapshot) {
  const { strings } = screen;
  screen.onCanvas("network", (canvas, size) => {
    drawNetwork(canvas, snapshot, {
      ...size, layer_names: layerNames(snapshot.run, strings), open_layer: strings.open_layer, label: networkLabel(snapshot, strings),
    });
    drawUnitGhosts(canvas, snapshot);
  });
  screen.onCanvas("prediction", (canvas, size) => {
    drawSequence(canvas, snapshot, {
      ...size, tick_every: size.width < 380 ? 15 : 5, time_axis: strings.time_axis, strings,
      scrubber: screen.root.querySelector('[data-panel="network"] [data-role="step"]'),
    });
  });
  screen.role("error_legend").hidden = isText(snapshot.sequence); // drawn where values differ, not characters
  const ghost = screen.role("ghost");
  ghost.hidden = snapshot.previous === null;
  ghost.textContent = snapshot.unchanged ? strings.unchanged : filled(strings.ghost, { epoch: snapshot.position.epoch - 1 });
}

/** Let the learner drag along the loss curve: call `travel(epoch)` for each epoch up to `reached()`. */
export function connectLossPanel(screen, reached, travel) {
  connectDragging(screen.canvas("loss"), (x) => {
    const { epochAt } = epochScale({ width: screen.sizes.get("loss").width, reached: reached() });
    travel(Math.min(reached(), Math.max(0, Math.round(epochAt(x)))));
  });
}

/** Draw the loss card, which stands in every view, and the tables when they are open. */
export function drawLossPanel(screen, snapshot, reached) {
  const { strings } = screen;
  set(screen.role("loss_hint"), { text: isText(snapshot.sequence) ? strings.loss_hint_text : strings.loss_hint });
  screen.onCanvas("loss", (canvas, size) => {
    drawLossCurve(canvas, snapshot, {
      ...size, reached, edits: editMarks(snapshot.run, strings), label: lossLabel(snapshot, reached, strings),
      epoch_axis: strings.epoch_axis, training: strings.training, ...validationNames(snapshot, strings),
    });
    const { x } = epochScale({ ...size, reached });
    align(screen.role("epoch"), x(0), x(Math.max(reached, 0.01)));
  });
  if (screen.role("values").open) {
    drawTables(screen.role("tables"), snapshot, { strings, layer_names: layerNames(snapshot.run, strings) });
  }
}

/** With another run's loss beside it, the validation loss says whose it is. */
function validationNames({ other_losses }, strings) {
  return other_losses ? { validation: strings.validation_a, other: strings.validation_b } : { validation: strings.validation };
}
