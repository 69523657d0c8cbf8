/**
 * Two kinds of cell unrolled, one above the other, on the same input after the same epoch. Forward, the units of each
 * layer and time step; backward, its gradient norm as a bar on a log scale that both share, with its number: one sees
 * in which of the two the gradient survives.
 */

import { drawColumnInput } from "./columns.js";
import { filled, percent, power, powerOfTen, significant } from "./format.js";
import { gradientNorm, hiddenState } from "./snapshot.js";
import { diverging, logarithmic } from "./scales.js";
import { arrow } from "./shapes.js";
import { checked, join, part, picture, round, set } from "./svg.js";

const defaults = { width: 1200, height: 420, label: "", names: [], layer_names: [], strings: {} };
const LEFT = 172; // the layers' names and the scale
const RIGHT = 74; // the error that comes in
const BELOW = 46; // the input values, the same for both
const HEAD = 22; // a network's name
const NUMBER = 15; // under each box
const WIDEST = 54; // a gradient's number
/** The norms between which a bar grows, in both networks alike. */
export const PAIR_SCALE = [1e-8, 10];
const NAMED = [1, 1e-4, 1e-8]; // of this scale

/** Draw `snapshot` above `snapshot.beside` ({run, epoch}; epoch is null until it is known). */
export function drawUnrolledPair(root, snapshot, options = {}) {
  const settings = checked(defaults, options, "drawUnrolledPair");
  const { width, height, label } = settings;
  const { run, position, lengths, beside } = snapshot;
  const svg = picture(root, { width, height, label });
  const place = placed(settings, run, lengths.given);
  const steps = Array.from({ length: lengths.given }, (_, index) => index + 1);
  part(svg, "rect", "time_step", {
    class: `column-mark column-mark--${position.phase}`, x: round(place.x(position.step) - place.slot / 2 + 1.5),
    y: 1, width: round(place.slot - 3), height: round(height - 2), rx: 8,
  });
  join(part(svg, "g", "networks"), "g", [snapshot, { ...snapshot, ...beside }], (group, each, index) => {
    const top = index * (place.network + 8);
    set(group, { "data-cell": each.run.cell, class: each.epoch === null ? "network network--awaited" : "network" });
    drawName(group, each, settings.names[index], top, settings);
    drawScale(part(group, "g", "scale"), position.phase === "backward", top, place, run.layers);
    if (each.epoch === null) return;
    join(part(group, "g", "time_steps"), "g", steps, (column, step) => {
      const computed = position.phase !== "forward" || step <= position.step;
      set(column, { class: computed ? "column" : "column column--ahead", "data-step": step });
      join(part(column, "g", "layers"), "g", settings.layer_names, (box, _name, layer) => {
        set(box, { "data-layer": index === 0 ? layer + 1 : null });
        drawBox(box, each, layer + 1, step, top, place);
      });
    });
    drawLayerNames(part(group, "g", "names"), each, top, place, settings);
    drawError(part(group, "g", "error"), each, top, place, settings.strings);
  });
  join(part(svg, "g", "layer_input"), "g", steps, (group, step) => {
    const read = position.phase !== "forward" || step <= position.step;
    set(group, { class: read ? "column" : "column column--ahead", "data-step": step });
    drawColumnInput(part(group, "g", "value"), snapshot.sequence, step, { x: place.x(step), y: place.input, end: place.end, slot: place.slot });
  });
}

function placed({ width, height }, run, given) {
  const slot = (width - LEFT - RIGHT) / given;
  const network = (height - BELOW - 8) / 2;
  const row = (network - HEAD) / run.layers;
  const box = { width: Math.min(44, slot * 0.66), height: Math.max(8, row - NUMBER - 5) };
  return {
    slot, row, box, network, every: Math.ceil(WIDEST / slot),
    x: (step) => LEFT + slot * (step - 0.5),
    y: (layer, top) => top + HEAD + row * (run.layers - layer), // the first layer stands lowest
    right: round(width - RIGHT), input: height - BELOW + 20, end: height - BELOW,
  };
}

function drawName(group, { run, epoch }, name, top, { strings }) {
  part(group, "text", "cell", { class: "network-name", x: 0, y: round(top + 16), text: name });
  part(group, "text", "loss", {
    class: "tick", x: LEFT, y: round(top + 16), "data-run": run.cell,
    text: epoch === null ? strings.pair_awaited : filled(strings.pair_loss, { loss: significant(epoch.validation_loss) }),
  });
}

/** Three lines of the scale through all boxes of a layer, named at the left; only where gradients are drawn. */
function drawScale(group, isBackward, top, { y, box, right }, layers) {
  const lines = isBackward ? Array.from({ length: layers }, (_, index) => NAMED.map((value) => [index + 1, value])).flat() : [];
  join(group, "g", lines, (mark, [layer, value]) => {
    const at = round(y(layer, top) + box.height - sizeOf(box)(value));
    const hasRoom = box.height > 30 || value !== NAMED[1];
    part(mark, "line", "line", { class: "axis-line", x1: LEFT, x2: right, y1: at, y2: at });
    part(mark, "text", "name", { class: "tick tick--small", x: LEFT - 12, y: at + 4, "text-anchor": "end", text: hasRoom ? powerOfTen(value) : "" });
  });
}

function drawBox(group, snapshot, layer, step, top, { x, y, box, slot, every }) {
  const { position, lengths } = snapshot;
  const [left, above] = [x(step) - box.width / 2, y(layer, top)];
  const isBackward = position.phase === "backward";
  const norm = gradientNorm(snapshot, layer, step);
  part(group, "rect", "frame", {
    class: norm === null ? "layer-frame" : "layer-frame layer-frame--gradient",
    x: round(left), y: round(above), width: round(box.width), height: round(box.height), rx: Math.min(6, box.height / 3),
  });
  drawUnits(part(group, "g", "hidden_state"), isBackward ? [] : hiddenState(snapshot, layer, step), left, above, box);
  const size = norm === null ? 0 : sizeOf(box)(norm);
  part(group, "rect", "bar", {
    class: step === position.step ? "gradient-bar gradient-bar--now" : "gradient-bar",
    x: round(left + 1), width: round(box.width - 2), y: round(above + box.height - size), height: round(size), rx: Math.min(4, size / 3),
  });
  const distance = Math.abs(step - position.step);
  const isNumbered = distance === 0 || (distance >= every && (lengths.given - step) % every === 0);
  part(group, "text", "gradient_norm", {
    class: distance === 0 ? "gradient-number" : "gradient-number gradient-number--small", "data-value": norm,
    x: round(x(step)), y: round(above + box.height + 13), "text-anchor": "middle", text: norm !== null && isNumbered ? power(norm) : "",
  });
  const [from, to] = [left + box.width + 2, x(step + 1) - box.width / 2 - 2];
  const middle = above + box.height / 2;
  part(group, "path", "recurrence", {
    class: norm === null ? "arrow" : "arrow arrow--gradient",
    d: step === lengths.given ? "" : norm === null ? arrow(from, to, middle, 1.25) : arrow(to, from, middle, 1.25),
  });
}

/** One small square per unit, in as many columns as make them squarest. */
function drawUnits(group, values, left, top, box) {
  const columns = [1, 2, 4, 8, 16].find((count) => box.width / count <= box.height / Math.ceil(values.length / count)) ?? 16;
  const rows = Math.ceil(values.length / columns);
  const pitch = Math.min((box.width - 4) / columns, (box.height - 4) / rows, 11);
  join(group, "rect", values, (square, value, index) => set(square, {
    class: "square", "data-value": value.toFixed(3), width: round(pitch - 0.8), height: round(pitch - 0.8), rx: 1,
    x: round(left + (box.width - pitch * columns) / 2 + (index % columns) * pitch),
    y: round(top + (box.height - pitch * rows) / 2 + Math.floor(index / columns) * pitch), style: { fill: diverging(value) },
  }));
}

function drawLayerNames(group, { epoch, position, lengths }, top, { y, box }, { layer_names, strings }) {
  join(group, "g", layer_names, (each, name, index) => {
    const middle = y(index + 1, top) + box.height / 2;
    const norms = epoch.gradient_norm[index];
    const isThrough = position.phase === "backward" && position.step === 1;
    part(each, "text", "name", { class: "layer-name", x: 0, y: round(middle + (isThrough ? -2 : 5)), text: name });
    part(each, "text", "left", {
      class: "gradient-left", x: 0, y: round(middle + 13),
      text: isThrough ? filled(strings.gradient_left, { share: percent(norms[0] / norms.at(-1)), given: lengths.given }) : "",
    });
  });
}

/** The error of the predictions comes in at the last time step, at the top. */
function drawError(group, { run, position, lengths }, top, { x, y, box, slot }, strings) {
  const isBackward = position.phase === "backward";
  const middle = y(run.layers, top) + box.height / 2;
  const [from, to] = [x(lengths.given) + box.width / 2 + 2, x(lengths.given) + slot / 2 + 22];
  part(group, "path", "arrow", {
    class: isBackward ? "arrow arrow--gradient" : "arrow", d: isBackward ? arrow(to, from, middle, 2) : arrow(from, to, middle, 1.25),
  });
  part(group, "text", "name", {
    class: isBackward ? "gradient-number" : "end-number end-number--prediction end-number--small", x: round(from + 4), y: round(middle - 8),
    text: isBackward ? strings.error : strings.prediction,
  });
}

function sizeOf(box) {
  return logarithmic(PAIR_SCALE, [0, box.height]);
}
