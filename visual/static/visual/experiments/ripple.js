/**
 * An edited input and its ripple: the sequence as it is read now, with the unchanged one as a ghost, and below it, on the
 * same time axis, how much both states of every layer changed.
 */

import { drawColumns, drawRows, stepTicks } from "../axes.js";
import { apart } from "../ends.js";
import { decimal, filled, significant } from "../format.js";
import { intensity, linear } from "../scales.js";
import { checked, join, part, picture, polyline, round, set } from "../svg.js";

const defaults = { width: 960, height: 560, label: "", strings: {}, chosen: 1 };
const [LEFT, RIGHT, TOP, BOUND] = [92, 84, 14, 1.3];
const ROW = 26; // px of a row of heat, at most

/** Return the picture's scales: time steps and values to pixels, and back. */
export function rippleScales({ width, height }, { steps }, rows) {
  const row = Math.min(ROW, Math.max(9, (height * 0.5 - 40) / rows));
  const heat = height - rows * row - 26;
  const [x, y] = [[LEFT, width - RIGHT], [heat - 58, TOP]];
  return {
    row, heat, bottom: y[0],
    x: linear([1, steps + 1], x), y: linear([-BOUND, BOUND], y), stepAt: linear(x, [1, steps + 1]), valueAt: linear(y, [-BOUND, BOUND]),
  };
}

/** Return the rows of heat, the last layer on top: [{name, state, layer, values}], a value for each time step. */
export function heatRows(run, answer, strings) {
  const layers = Array.from({ length: run.layers }, (_, index) => run.layers - index);
  const states = run.cell === "lstm" ? ["hidden_state", "cell_state"] : ["hidden_state"];
  return layers.flatMap((layer) => states.map((state) => ({
    state, layer, name: filled(state === "hidden_state" ? strings.hidden_row : strings.cell_row, { layer }), values: answer?.[`${state}_change`][layer - 1] ?? [],
  })));
}

/** Draw `snapshot` (unchanged) with `input` as it is now, and `answer` when it is known; step `chosen` can be moved. */
export function drawRipple(root, { snapshot, input, answer }, options = {}) {
  const settings = checked(defaults, options, "drawRipple");
  const { width, height, label, strings, chosen } = settings;
  const { sequence, epoch, lengths, run } = snapshot;
  const svg = picture(root, { width, height, label });
  const rows = heatRows(run, answer, strings);
  const scales = rippleScales(settings, lengths, rows.length);
  const { x, y, bottom } = scales;
  part(svg, "rect", "input_window", { class: "input-window", x: round(x(1)), y: TOP, width: round(x(lengths.given) - x(1)), height: round(bottom - TOP), rx: 4 });
  drawRows(svg, { values: [-1, 0, 1], y, left: x(1), right: x(lengths.steps + 1), strong: 0, label: (value) => decimal(value, 0) });
  drawColumns(svg, { values: stepTicks(lengths, width < 520 ? 15 : 5), x, y: bottom, right: x(lengths.steps + 1), label: String, title: strings.time_axis });
  const after = (values) => values.map((value, index) => [x(lengths.given + 1 + index), y(value)]);
  const line = (values) => polyline([[x(lengths.given), y(input.at(-1))], ...after(values)]);
  const read = (values) => values.map((value, index) => [x(index + 1), y(value)]);
  part(svg, "path", "unchanged_input", { class: "curve curve--unchanged", d: answer ? polyline(read(sequence.input)) : "" });
  part(svg, "path", "target", { class: "curve curve--target", d: line(sequence.target) });
  part(svg, "path", "unchanged_prediction", { class: "curve curve--ghost", d: answer ? line(epoch.prediction) : "" });
  const prediction = answer ? answer.prediction : epoch.prediction;
  part(svg, "path", "prediction", { class: "curve curve--prediction", d: line(prediction) });
  part(svg, "circle", "answer", {
    class: "point point--prediction", cx: round(x(lengths.steps + 1)), cy: round(y(prediction[0])), r: lengths.predictions === 1 ? 5 : 0,
  });
  part(svg, "path", "input", { class: "curve curve--input", d: polyline(read(input)) });
  join(part(svg, "g", "points"), "circle", read(input), (dot, [cx, cy], index) => set(dot, {
    class: index + 1 === chosen ? "ripple__point ripple__point--chosen" : "ripple__point", "data-step": index + 1, "data-value": input[index],
    cx: round(cx), cy: round(cy), r: index + 1 === chosen ? 8 : Math.min(5, Math.max(3, (x(2) - x(1)) * 0.32)),
  }));
  part(svg, "text", "invitation", {
    class: "pad__invitation", x: round((x(1) + x(lengths.given)) / 2), y: round(y(-1.12)), "text-anchor": "middle", text: answer ? "" : strings.drag_here,
  });
  drawNames(svg, { target: sequence.target, prediction, ...(answer ? { unchanged: epoch.prediction } : {}) }, { right: x(lengths.steps + 1) + 8, y, bottom, strings });
  drawHeat(svg, rows, scales, { lengths, strings, most: Math.max(0, ...rows.flatMap(({ values }) => values)), isKnown: Boolean(answer) });
}

/** The lines are named where they end. */
function drawNames(svg, lines, { right, y, bottom, strings }) {
  const ends = Object.entries(lines).map(([name, values]) => ({ name, at: y(values.at(-1)) }));
  join(part(svg, "g", "names"), "text", apart(ends, { top: TOP, bottom }), (text, { name, at }) => set(text, {
    class: `pad__name pad__name--${name}`, x: round(right), y: round(at + 4), text: strings[`line_${name}`],
  }));
}

/** One row for each state of each layer, one square for each time step: the darker, the more it changed. */
function drawHeat(svg, rows, { x, row, heat, bottom }, { lengths, strings, most, isKnown }) {
  const pitch = x(2) - x(1);
  const group = part(svg, "g", "heat");
  part(group, "text", "title", { class: "ripple__title", x: round(x(1) - pitch / 2), y: round(Math.max(heat - 8, bottom + 44)), text: strings.heat_title });
  part(group, "text", "scale", {
    class: "ripple__scale", x: pitch < 12 ? 0 : round(x(1) - pitch / 2), y: round(heat + rows.length * row + 18), text: isKnown ? filled(strings.heat_scale, { most: significant(most, 2) }) : "",
  });
  join(part(group, "g", "rows"), "g", rows, (line, { name, state, layer, values }, index) => {
    const top = heat + index * row;
    set(line, { "data-state": state, "data-layer": layer });
    part(line, "text", "name", { class: "history-name", x: round(x(1) - pitch / 2 - 8), y: round(top + row / 2 + 4), "text-anchor": "end", text: name });
    join(part(line, "g", "squares"), "rect", Array.from({ length: lengths.steps }, (_, step) => values[step] ?? 0), (square, value, step) => set(square, {
      class: "square", x: round(x(step + 1) - pitch / 2 + 0.5), y: round(top + 1), width: round(Math.max(1, pitch - 1)), height: round(row - 2), rx: 1.5,
      "data-value": value, style: { fill: intensity(most > 0 ? value / most : 0) },
    }));
  });
}
