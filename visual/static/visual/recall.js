/**
 * The sequence plot of a memory task: what is shown as stems, the silence after it, and the one value asked for at
 * the end; a dashed line carries the target from where it was shown to where it is asked for.
 */

import { drawColumns, drawRows, stepTicks, timeScale } from "./axes.js";
import { drawCursor } from "./cursor.js";
import { decimal, filled } from "./format.js";
import { predictionsMade } from "./position.js";
import { linear } from "./scales.js";
import { lastShown } from "./snapshot.js";
import { checked, join, part, picture, round, set } from "./svg.js";

const defaults = {
  width: 640, height: 320, label: "", time_axis: null, axis_beside: false, padding_left: 44, padding_right: 14, tick_every: 5, value_axis: null, strings: {},
};
const APART = 17; // pixels between two lines of text

/** Draw the sequence of `snapshot`, what is asked for and, when it is made, the answer. */
export function drawRecall(root, snapshot, options = {}) {
  const settings = checked(defaults, options, "drawRecall");
  const { height, time_axis } = settings;
  const { sequence, previous, position, lengths } = snapshot;
  const svg = picture(root, settings);
  const x = timeScale(lengths, settings);
  const asked = x(lengths.steps + 1);
  const top = 12;
  const bottom = height - (time_axis === null || settings.axis_beside ? 24 : 40);
  const y = linear([-1.12, 1.12], [bottom, top]);

  part(svg, "rect", "input_window", {
    class: "input-window", x: round(x(1)), y: top, width: round(x(lengths.given) - x(1)), height: bottom - top, rx: 4,
  });
  drawRows(svg, {
    values: [-1, 0, 1], y, left: x(1), right: asked, strong: 0, label: (value) => decimal(value, 0), title: settings.value_axis,
  });
  drawColumns(svg, {
    values: stepTicks(lengths, settings.tick_every), x, y: bottom, right: asked, label: String, title: time_axis, beside: settings.axis_beside,
  });
  drawHolding(part(svg, "g", "target"), snapshot, settings, { x, y });
  drawShown(part(svg, "g", "input"), sequence.input, { x, y });
  part(svg, "circle", "previous_prediction", {
    class: "answer-ghost", cx: round(asked), cy: previous ? round(y(previous.prediction[0])) : 0, r: previous ? 5 : 0,
  });
  drawAnswer(part(svg, "g", "prediction"), snapshot, settings, { asked, beside: x(lengths.given) - 9, y, made: predictionsMade(lengths, position) > 0 });
  join(part(svg, "g", "unchanged_input"), "circle", snapshot.unchanged?.input ?? [], (dot, value, index) => set(dot, {
    class: "answer-ghost", cx: round(x(index + 1)), cy: round(y(value)), r: value === sequence.input[index] ? 0 : 5,
  }));
  drawCursor(svg, snapshot, { x, y, top, bottom });
}

/** One stem for each value shown, a small dot where there is silence. */
function drawShown(group, values, { x, y }) {
  join(part(group, "g", "stems"), "line", values, (line, value, index) => set(line, {
    class: "stem", x1: round(x(index + 1)), x2: round(x(index + 1)), y1: round(y(0)), y2: round(y(value)),
  }));
  join(part(group, "g", "values"), "circle", values, (dot, value, index) => set(dot, {
    class: "point point--input", "data-value": value, cx: round(x(index + 1)), cy: round(y(value)), r: value === 0 ? 2.5 : 5,
  }));
}

/** The target, from where it was shown to where it is asked for, with the number of time steps between. */
function drawHolding(group, snapshot, { strings }, { x, y }) {
  const { sequence: { target: [target] }, lengths, run } = snapshot;
  const shown = lastShown(snapshot, lengths.given);
  const asked = lengths.steps + 1;
  const isLate = x(shown) > (x(1) + x(asked)) / 2; // then its name stands before it, on the side that the answer leaves free
  const away = (target < 0) !== isLate ? APART : -9;
  part(group, "line", "line", {
    class: "curve curve--target", x1: round(x(shown) + 7), x2: round(x(asked) - 7), y1: round(y(target)), y2: round(y(target)),
  });
  part(group, "circle", "value", { class: "answer-target", "data-value": target, cx: round(x(asked)), cy: round(y(target)), r: 6.5 });
  part(group, "text", "name", {
    class: "answer-name answer-name--input", x: round(x(shown) + (isLate ? -10 : 10)), y: round(y(target) + away),
    "text-anchor": isLate ? "end" : "start", text: `${strings[`shown_${run.data}`]} ${decimal(target)}`,
  });
  part(group, "text", "silence", {
    class: "answer-name answer-name--quiet", x: round(x((shown + asked) / 2)), y: round(y(0) + (target < 0 ? -9 : APART)),
    "text-anchor": "middle", text: asked - shown > 8 ? filled(strings.silence, { steps: asked - shown }) : "",
  });
}

/** What the network answers, beside what was asked for. */
function drawAnswer(group, { sequence, epoch }, { strings }, { asked, beside, y, made }) {
  const [target] = sequence.target;
  const [prediction] = epoch.prediction;
  const away = target < 0 ? 1 : -1;
  part(group, "line", "error", {
    class: "error-bar", x1: round(asked), x2: round(asked), y1: round(y(target)), y2: round(y(made ? prediction : target)),
  });
  part(group, "circle", "value", {
    class: "point point--prediction", "data-value": prediction, cx: round(asked), cy: round(y(prediction)), r: made ? 5 : 0,
  });
  const targetText = y(target) + (away < 0 ? -9 : APART);
  part(group, "text", "target", {
    class: "answer-name answer-name--target", x: round(beside), y: round(targetText), "text-anchor": "end", text: `${strings.target} ${decimal(target)}`,
  });
  const wanted = y(prediction) + 5;
  const near = Math.abs(wanted - 5 - y(target)) < APART;
  part(group, "text", "number", {
    class: "answer-name answer-name--prediction", x: round(beside), "text-anchor": "end",
    y: round(near ? y(target) + (away < 0 ? APART + 2 : -9) : wanted), text: made ? `${strings.prediction} ${decimal(prediction)}` : "",
  });
}
