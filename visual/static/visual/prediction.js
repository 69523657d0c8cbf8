/**
 * The sequence plot: the input window, the free-running prediction as far as it has come, the target,
 * an error bar for every prediction, and the previous epoch's prediction as a ghost.
 */

import { drawColumns, drawRows } from "./axes.js";
import { decimal } from "./format.js";
import { INPUT_STEPS, predictionsMade, TIME_STEPS } from "./position.js";
import { linear } from "./scales.js";
import { checked, join, part, picture, polyline, round, set } from "./svg.js";

const defaults = { width: 640, height: 320, label: "", time_axis: null, padding_left: 44, padding_right: 14, tick_every: 5 };

/** Return the horizontal scale of the plot: position of time step 1 to 47 in pixels, shared with what is aligned below. */
export function timeScale({ width, padding_left = defaults.padding_left, padding_right = defaults.padding_right }) {
  return linear([1, TIME_STEPS + 1], [padding_left, width - padding_right]);
}

/** Draw the sequence of `snapshot` and its prediction into `root`. */
export function drawPrediction(root, snapshot, options = {}) {
  const settings = checked(defaults, options, "drawPrediction");
  const { width, height, label } = settings;
  const { sequence, epoch, previous, position } = snapshot;
  const svg = picture(root, { width, height, label });
  const made = predictionsMade(position);
  const x = timeScale(settings);
  const bound = Math.max(1, ...sequence.input.map(Math.abs), ...sequence.target.map(Math.abs)) * 1.12;
  const top = 12;
  const bottom = height - (settings.time_axis === null ? 24 : 40);
  const y = linear([-bound, bound], [bottom, top]);

  part(svg, "rect", "input_window", {
    class: "input-window", x: round(x(1)), y: top, width: round(x(INPUT_STEPS) - x(1)), height: bottom - top, rx: 4,
  });
  drawRows(svg, {
    values: [-1, 0, 1], y, left: x(1), right: x(TIME_STEPS + 1), strong: 0,
    label: (value) => decimal(value, 0),
  });
  drawColumns(svg, {
    values: stepTicks(settings.tick_every), x, y: bottom, right: x(TIME_STEPS + 1), label: String, title: settings.time_axis,
  });

  const target = outputs(sequence.target, x, y);
  const prediction = outputs(epoch.prediction, x, y).slice(0, made);
  const last = [[x(INPUT_STEPS), y(sequence.input.at(-1))]];
  drawGhost(svg, previous, x, y);
  drawErrors(part(svg, "g", "error"), prediction, target);
  part(svg, "path", "target", { class: "curve curve--target", d: polyline([...last, ...target]) });
  part(svg, "path", "input", {
    class: "curve curve--input", d: polyline(sequence.input.map((value, index) => [x(index + 1), y(value)])),
  });
  part(svg, "path", "prediction", {
    class: "curve curve--prediction", d: made > 0 ? polyline([...last, ...prediction]) : "",
  });
  drawCursor(svg, snapshot, { x, y, top, bottom });
}

function stepTicks(every) {
  return Array.from({ length: Math.floor(TIME_STEPS / every) + 1 }, (_, index) => 1 + index * every);
}

function outputs(values, x, y) {
  return values.map((value, index) => [x(INPUT_STEPS + 1 + index), y(value)]);
}

function drawGhost(svg, previous, x, y) {
  part(svg, "path", "previous_prediction", {
    class: "curve curve--ghost", d: previous ? polyline(outputs(previous.prediction, x, y)) : "",
  });
}

function drawErrors(group, prediction, target) {
  join(group, "line", prediction, (line, [x, y], index) => set(line, {
    class: "error-bar", x1: round(x), x2: round(x), y1: round(y), y2: round(target[index][1]),
  }));
}

function drawCursor(svg, { sequence, epoch, position }, { x, y, top, bottom }) {
  const { step, phase } = position;
  const group = part(svg, "g", "time_step", { class: phase === "backward" ? "cursor cursor--backward" : "cursor" });
  part(group, "line", "line", { x1: round(x(step)), x2: round(x(step)), y1: top, y2: bottom });
  const read = step <= INPUT_STEPS ? sequence.input[step - 1] : epoch.prediction[step - INPUT_STEPS - 1];
  part(group, "circle", "layer_input", {
    class: step <= INPUT_STEPS ? "point point--input" : "point point--prediction",
    cx: round(x(step)), cy: round(y(read)), r: 4.5,
  });
  const written = phase !== "backward" && step >= INPUT_STEPS;
  part(group, "circle", "output", {
    class: "point point--prediction",
    cx: round(x(step + 1)), cy: written ? round(y(epoch.prediction[step - INPUT_STEPS])) : 0, r: written ? 4.5 : 0,
  });
}
