/**
 * The sequence plot: the input window, the free-running prediction as far as it has come, the target,
 * an error bar for every prediction, and the previous epoch's prediction as a ghost.
 */

import { drawColumns, drawRows, stepTicks, timeScale } from "./axes.js";
import { drawCursor } from "./cursor.js";
import { decimal } from "./format.js";
import { predictionsMade } from "./position.js";
import { linear } from "./scales.js";
import { checked, join, part, picture, polyline, round, set } from "./svg.js";

const defaults = { width: 640, height: 320, label: "", time_axis: null, axis_beside: false, padding_left: 44, padding_right: 14, tick_every: 5, value_axis: null };

/** Draw the sequence of `snapshot` and its prediction into `root`. */
export function drawPrediction(root, snapshot, options = {}) {
  const settings = checked(defaults, options, "drawPrediction");
  const { width, height, label } = settings;
  const { sequence, epoch, previous, position, lengths } = snapshot;
  const { given, steps } = lengths;
  const svg = picture(root, { width, height, label });
  const made = predictionsMade(lengths, position);
  const x = timeScale(lengths, settings);
  const bound = Math.max(1, ...sequence.input.map(Math.abs), ...sequence.target.map(Math.abs)) * 1.12;
  const top = 12;
  const bottom = height - (settings.time_axis === null || settings.axis_beside ? 24 : 40);
  const y = linear([-bound, bound], [bottom, top]);

  part(svg, "rect", "input_window", {
    class: "input-window", x: round(x(1)), y: top, width: round(x(given) - x(1)), height: bottom - top, rx: 4,
  });
  drawRows(svg, {
    values: [-1, 0, 1], y, left: x(1), right: x(steps + 1), strong: 0,
    label: (value) => decimal(value, 0), title: settings.value_axis,
  });
  drawColumns(svg, {
    values: stepTicks(lengths, settings.tick_every), x, y: bottom, right: x(steps + 1), label: String, title: settings.time_axis, beside: settings.axis_beside,
  });

  const target = outputs(sequence.target, given, x, y);
  const prediction = outputs(epoch.prediction, given, x, y).slice(0, made);
  const last = [[x(given), y(sequence.input.at(-1))]];
  drawGhost(svg, previous, given, x, y);
  drawErrors(part(svg, "g", "error"), prediction, target);
  part(svg, "path", "target", { class: "curve curve--target", d: polyline([...last, ...target]) });
  part(svg, "path", "input", {
    class: "curve curve--input", d: polyline(sequence.input.map((value, index) => [x(index + 1), y(value)])),
  });
  part(svg, "path", "prediction", {
    class: "curve curve--prediction", d: made > 0 ? polyline([...last, ...prediction]) : "",
  });
  part(svg, "path", "unchanged_input", {
    class: "curve curve--unchanged", d: snapshot.unchanged ? polyline(snapshot.unchanged.input.map((value, index) => [x(index + 1), y(value)])) : "",
  });
  drawCursor(svg, snapshot, { x, y, top, bottom });
}

function outputs(values, given, x, y) {
  return values.map((value, index) => [x(given + 1 + index), y(value)]);
}

function drawGhost(svg, previous, given, x, y) {
  part(svg, "path", "previous_prediction", {
    class: "curve curve--ghost", d: previous ? polyline(outputs(previous.prediction, given, x, y)) : "",
  });
}

function drawErrors(group, prediction, target) {
  join(group, "line", prediction, (line, [x, y], index) => set(line, {
    class: "error-bar", x1: round(x), x2: round(x), y1: round(y), y2: round(target[index][1]),
  }));
}
