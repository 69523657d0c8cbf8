/**
 * One plain recurrent layer at one time step: input and hidden state before are weighted and added, tanh squeezes the
 * sum, and what comes out is the hidden state, which loops back. Nothing is kept as it was.
 */

import { beginCell, drawBox, drawHiddenState, drawLayerInput, drawNamed, drawRecurrence, skeleton } from "./cell_parts.js";
import { valuesAt } from "./cell_values.js";
import { diverging } from "./scales.js";
import { drawStrip } from "./strip.js";
import { checked, part, round } from "./svg.js";

const defaults = { width: 860, height: 320, label: "", strings: {} };

/** Draw `snapshot` ({run, layer, unit, inspection, step, cell_step}) into `root`; cell_step 0 lights everything. */
export function drawRnnCell(root, snapshot, options = {}) {
  const settings = checked(defaults, options, "drawRnnCell");
  const { strings } = settings;
  const place = placed(settings);
  const values = valuesAt(snapshot);
  const [sum, squashed] = place.boxes;
  const draw = beginCell(root, snapshot, settings, place);
  draw("output", (group) => drawOutput(group, place));
  draw("recurrence", (group) => drawRecurrence(group, place, { from: place.across, to: place.bus }, strings));
  draw("layer_input", (group) => drawLayerInput(group, place, values, snapshot, {
    strings, note: strings.bus_note_rnn, taps: [{ x: sum.middle, bottom: sum.y + sum.height }],
  }));
  draw("hidden_state_sum", (group) => drawBox(group, "hidden_state_sum", values.hidden_state_sum, sum, snapshot, { strings, function_name: "z" }));
  draw("squash", (group) => drawArrow(group, sum.x + sum.width, squashed.x, place.across));
  draw("hidden_state", (group) => {
    drawBox(part(group, "g", "inside"), "squashed", values.hidden_state, squashed, snapshot, { strings, function_name: "tanh" });
    drawHiddenState(group, place, values, snapshot, strings, place.across);
  });
  draw("hidden_state_before", (group) => {
    const before = { x: place.left + 14, width: place.strip, height: 20 };
    drawStrip(group, values.hidden_state_before, { ...before, y: place.loop - 10, colour: diverging, unit: snapshot.unit, ground: true });
    drawNamed(group, strings.hidden_state_before, "h", "t−1", { x: before.x + before.width + 8, y: place.loop - 8 });
  });
}

function placed({ width, height }) {
  const common = skeleton(width, height, 2, 44);
  const top = (common.bus - common.boxes[0].height) / 2 - 6; // no belt above: the boxes stand higher
  const boxes = common.boxes.map((box) => ({ ...box, y: Math.max(34, top) }));
  return { ...common, boxes, across: boxes[0].y + boxes[0].height / 2 };
}

function drawOutput(group, { boxes, right, across }) {
  drawArrow(group, boxes[1].x + boxes[1].width, right + 10, across);
}

function drawArrow(group, from, to, y) {
  part(group, "path", "line", { class: "wire", d: `M${round(from)} ${round(y)}H${round(to - 9)}` });
  part(group, "path", "head", { class: "head", d: `M${round(to - 11)} ${round(y - 5)}v10l9 -5Z` });
}
