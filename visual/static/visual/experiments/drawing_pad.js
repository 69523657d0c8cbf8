/** A sequence whose next stretch the learner draws: what was read, the drawing, and in the end what really follows. */

import { drawColumns, drawRows, stepTicks } from "../axes.js";
import { apart } from "../ends.js";
import { decimal } from "../format.js";
import { linear } from "../scales.js";
import { checked, join, part, picture, polyline, round, set } from "../svg.js";

const defaults = { width: 800, height: 320, label: "", strings: {}, first: 16, last: 25, truth: null };
const [LEFT, RIGHT, TOP, BOTTOM, BOUND] = [44, 108, 14, 40, 1.12];

/** Return the scales of the pad: time steps and values to pixels, and back. */
export function padScales({ width, height, last }) {
  const x = [LEFT, width - RIGHT];
  const y = [height - BOTTOM, TOP];
  return {
    x: linear([1, last], x), y: linear([-BOUND, BOUND], y), stepAt: linear(x, [1, last]), valueAt: linear(y, [-BOUND, BOUND]),
  };
}

/**
 * Draw `input` and `drawn` (one value a step from `first` to `last`, null where nothing is drawn yet) into `root`.
 * With `truth` ({prediction, target}, of the same steps) it is laid over the drawing.
 */
export function drawPad(root, { input, drawn }, options = {}) {
  const settings = checked(defaults, options, "drawPad");
  const { width, height, label, strings, first, last, truth } = settings;
  const svg = picture(root, { width, height, label });
  const { x, y } = padScales(settings);
  const [top, bottom] = [TOP, height - BOTTOM];
  const half = (x(2) - x(1)) / 2;
  part(svg, "rect", "input_window", { class: "input-window", x: round(x(1)), y: top, width: round(x(input.length) - x(1)), height: bottom - top, rx: 4 });
  part(svg, "rect", "asked", { class: "pad__asked", x: round(x(first) - half), y: top, width: round(x(last) - x(first) + 2 * half), height: bottom - top, rx: 6 });
  drawRows(svg, { values: [-1, 0, 1], y, left: x(1), right: x(last) + half, strong: 0, label: (value) => decimal(value, 0) });
  drawColumns(svg, {
    values: stepTicks({ steps: last - 1 }, width < 420 ? 10 : 5), x, y: bottom, right: x(last), label: String, title: strings.time_axis,
  });
  const points = (values) => values.map((value, index) => [x(first + index), value]).filter(([, value]) => value !== null).map(([at, value]) => [at, y(value)]);
  const whole = (values) => [[x(input.length), y(input.at(-1))], ...points(values)];
  const mine = points(drawn);
  part(svg, "text", "invitation", {
    class: "pad__invitation", x: round((x(first) + x(last)) / 2), y: round(y(0) - 10), "text-anchor": "middle", text: mine.length === 0 && !truth ? strings.draw_here : "",
  });
  part(svg, "path", "input", { class: "curve curve--input", d: polyline(input.map((value, index) => [x(index + 1), y(value)])) });
  join(part(svg, "g", "errors"), "line", truth && mine.length === drawn.length ? drawn : [], (line, value, index) => set(line, {
    class: "pad__error", x1: round(x(first + index)), x2: round(x(first + index)), y1: round(y(value)), y2: round(y(truth[truth.judged][index])),
  }));
  part(svg, "path", "target", { class: "curve curve--target", d: truth ? polyline(whole(truth.target)) : "" });
  part(svg, "path", "prediction", { class: "curve curve--prediction", d: truth ? polyline(whole(truth.prediction)) : "" });
  part(svg, "path", "drawn", { class: "curve pad__line", d: mine.length > 1 ? polyline(mine) : "" });
  join(part(svg, "g", "points"), "circle", mine, (circle, [cx, cy]) => set(circle, { class: "pad__point", cx: round(cx), cy: round(cy), r: 4.5 }));
  drawNames(svg, { mine, truth, points, right: x(last) + half + 8, top, bottom, strings });
}

function drawNames(svg, { mine, truth, points, right, top, bottom, strings }) {
  const ends = [["drawn", mine], ["prediction", truth ? points(truth.prediction) : []], ["target", truth ? points(truth.target) : []]];
  const names = ends.filter(([, line]) => line.length > 0).map(([name, line]) => ({ name, at: line.at(-1)[1] }));
  join(part(svg, "g", "names"), "text", truth ? apart(names, { top, bottom }) : [], (text, { name, at }) => set(text, {
    class: `pad__name pad__name--${name}`, x: round(right), y: round(at + 4), text: strings[`line_${name}`],
  }));
}
