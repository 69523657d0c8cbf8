/** Two runs over one another: what both predict after the same epoch. */

import { drawColumns, drawRows, stepTicks, timeScale } from "../axes.js";
import { apart } from "../ends.js";
import { decimal } from "../format.js";
import { linear } from "../scales.js";
import { checked, join, part, picture, polyline, round, set } from "../svg.js";

const defaults = { width: 640, height: 320, label: "", strings: {}, made: 0 };
const NAME_WIDTH = 22;
export const NAMES = ["A", "B"];

/** Draw the sequence and as many predictions of each of `runs` ([{epoch}]) as are `made`. */
export function drawTwoPredictions(root, { sequence, lengths, runs }, options = {}) {
  const { width, height, label, strings, made } = checked(defaults, options, "drawTwoPredictions");
  const svg = picture(root, { width, height, label });
  const { given, steps } = lengths;
  const x = timeScale(lengths, { width, padding_right: NAME_WIDTH + 8 });
  const bound = Math.max(1, ...sequence.input.map(Math.abs), ...sequence.target.map(Math.abs)) * 1.12;
  const [top, bottom] = [12, height - 40];
  const y = linear([-bound, bound], [bottom, top]);
  part(svg, "rect", "input_window", { class: "input-window", x: round(x(1)), y: top, width: round(x(given) - x(1)), height: bottom - top, rx: 4 });
  drawRows(svg, { values: [-1, 0, 1], y, left: x(1), right: x(steps + 1), strong: 0, label: (value) => decimal(value, 0) });
  drawColumns(svg, { values: stepTicks(lengths, width < 420 ? 15 : 5), x, y: bottom, right: x(steps + 1), label: String, title: strings.time_axis });
  const outputs = (values) => values.map((value, index) => [x(given + 1 + index), y(value)]);
  const last = [x(given), y(sequence.input.at(-1))];
  part(svg, "path", "target", { class: "curve curve--target", d: polyline([last, ...outputs(sequence.target)]) });
  part(svg, "path", "input", { class: "curve curve--input", d: polyline(sequence.input.map((value, index) => [x(index + 1), y(value)])) });
  drawLines(svg, runs.map(({ epoch }) => outputs(epoch.prediction).slice(0, made)), { from: last, right: x(steps + 1), top, bottom });
}

/** A is a plain line, B one with open points: the two differ without their colour too. Each is named where it ends. */
function drawLines(svg, lines, { from, right, top, bottom }) {
  join(part(svg, "g", "runs"), "g", lines, (group, points, index) => {
    set(group, { "data-run": NAMES[index] });
    part(group, "path", "line", { class: `curve two__line two__line--${NAMES[index]}`, d: points.length > 0 ? polyline([from, ...points]) : "" });
    join(part(group, "g", "points"), "circle", index === 0 ? [] : points.filter((_, place) => place % 2 === 0), (circle, [cx, cy]) => set(circle, {
      class: "two__point", cx: round(cx), cy: round(cy), r: 3.5,
    }));
  });
  const ends = lines.map((points, index) => ({ name: NAMES[index], end: points.at(-1) })).filter(({ end }) => end).map((each) => ({ ...each, at: each.end[1] }));
  join(part(svg, "g", "names"), "text", apart(ends, { top, bottom }), (text, { name, end, at }) => set(text, {
    class: "two__name", x: round(Math.min(right, end[0]) + 9), y: round(at + 4), text: name,
  }));
}
