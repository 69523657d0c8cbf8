/**
 * The network unrolled: time steps across, layers up, the same weights in every column. Forward, columns light up as
 * they are computed; backward, the error flows from the last time step to the first, each arrow as wide as the
 * gradient norm that arrives at its layer and time step, on a log scale, with its number.
 */

import { drawColumnInput, drawUpright } from "./columns.js";
import { filled, percent, power } from "./format.js";
import { gradientNorm, hiddenState } from "./snapshot.js";
import { diverging, logarithmic } from "./scales.js";
import { arrow } from "./shapes.js";
import { checked, join, part, picture, round, set } from "./svg.js";

const defaults = { width: 1200, height: 340, label: "", layer_names: [], strings: {} };
const LEFT = 116; // the layers' names
const RIGHT = 74; // the error that comes in
const BELOW = 52; // the input values
const CLOSE = 50; // pixels from column to column: closer ones get narrower boxes
const WIDEST = 54; // a gradient's number
const GRADIENT = [1e-5, 1]; // the norms between which an arrow's width grows

/** Draw `snapshot` unrolled over the time steps that read the input. */
export function drawUnrolled(root, snapshot, options = {}) {
  const { width, height, label, layer_names, strings } = checked(defaults, options, "drawUnrolled");
  const { run, position, lengths } = snapshot;
  const svg = picture(root, { width, height, label });
  const place = placed(width, height, run, lengths.given);
  const steps = Array.from({ length: lengths.given }, (_, index) => index + 1);
  part(svg, "rect", "time_step", {
    class: `column-mark column-mark--${position.phase}`, x: round(place.x(position.step) - place.slot / 2 + 2),
    y: 1, width: round(place.slot - 4), height: round(height - 2), rx: 10,
  });
  join(part(svg, "g", "time_steps"), "g", steps, (column, step) => {
    const computed = position.phase !== "forward" || step <= position.step;
    set(column, { class: computed ? "column" : "column column--ahead", "data-step": step });
    drawColumnInput(part(column, "g", "layer_input"), snapshot.sequence, step, {
      x: place.x(step), y: place.input, end: place.y(1) + place.box.height + 18, slot: place.slot,
    });
    join(part(column, "g", "layers"), "g", layer_names, (group, _name, index) => {
      drawBox(group, snapshot, index + 1, step, place);
    });
  });
  join(part(svg, "g", "names"), "g", layer_names, (group, name, index) => {
    const middle = place.y(index + 1) + place.box.height / 2;
    part(group, "text", "name", { class: "layer-name", x: 0, y: round(middle + 1), text: name });
    const norms = snapshot.epoch.gradient_norm[index];
    const isThrough = position.phase === "backward" && position.step === 1;
    part(group, "text", "left", {
      class: "gradient-left", x: 0, y: round(middle + 17),
      text: isThrough ? filled(strings.gradient_left, { share: percent(norms[0] / norms.at(-1)), given: lengths.given }) : "",
    });
  });
  drawError(part(svg, "g", "error"), snapshot, layer_names.length, place, strings);
}

function placed(width, height, run, given) {
  const slot = (width - LEFT - RIGHT) / given;
  const row = (height - BELOW - 12) / run.layers;
  const columns = run.units <= 8 || slot < CLOSE ? 2 : run.units <= 16 ? 4 : 8;
  const rows = Math.ceil(run.units / columns);
  const pitch = Math.min(12, (slot * 0.66 - 8) / columns, (row - 44) / rows);
  const box = { columns, pitch, width: columns * pitch + 8, height: rows * pitch + 8 };
  return {
    slot, row, box, every: Math.ceil(WIDEST / slot),
    x: (step) => LEFT + slot * (step - 0.5),
    y: (layer) => 6 + row * (run.layers - layer) + (row - 14 - box.height) / 2, // the first layer stands lowest
    input: height - BELOW + 18,
  };
}

function drawBox(group, snapshot, layer, step, { x, y, box, slot, every }) {
  const { run, epoch, position, lengths } = snapshot;
  const left = x(step) - box.width / 2;
  const top = y(layer);
  const middle = top + box.height / 2;
  const norm = gradientNorm(snapshot, layer, step);
  set(group, { "data-layer": layer });
  part(group, "rect", "frame", {
    class: norm === null ? "layer-frame" : "layer-frame layer-frame--gradient",
    x: round(left), y: round(top), width: round(box.width), height: round(box.height), rx: 7,
  });
  const units = part(group, "g", "hidden_state");
  // The units change with the epoch, not with the time step that is played.
  const drawn = [epoch.epoch, epoch.validation_loss, snapshot.change?.question.join(), run.data, run.layers, run.units, round(left), round(top), box.pitch].join(" ");
  if (units.dataset.drawn !== drawn) {
    join(units, "circle", hiddenState(snapshot, layer, step), (dot, value, index) => set(dot, {
      class: "unit", "data-value": value.toFixed(3), r: round(box.pitch * 0.4),
      cx: round(left + 4 + (index % box.columns + 0.5) * box.pitch), cy: round(top + 4 + (Math.floor(index / box.columns) + 0.5) * box.pitch),
      style: { fill: diverging(value) },
    }));
    units.dataset.drawn = drawn;
  }
  const far = slot - box.width - 6;
  const recurrence = part(group, "path", "recurrence");
  if (step === lengths.given) set(recurrence, { d: "" });
  else if (norm === null) set(recurrence, { class: "arrow", d: arrow(left + box.width + 3, left + box.width + far, middle, 1.5) });
  else set(recurrence, { class: "arrow arrow--gradient", d: arrow(left + box.width + far, left + box.width + 3, middle, gradientWidth(norm)) });
  if (layer > 1) {
    const ends = [y(layer - 1) - 2, top + box.height + 18];
    if (norm !== null) ends.reverse();
    drawUpright(part(group, "g", "between_layers"), x(step), ...ends, norm === null ? "" : " upright--gradient");
  }
  // Where columns stand close, every other number is left out; the time step on the screen always has its own.
  const distance = Math.abs(step - position.step);
  const isNumbered = distance === 0 || (distance >= every && (lengths.given - step) % every === 0);
  part(group, "text", "gradient_norm", {
    class: position.step === step ? "gradient-number" : "gradient-number gradient-number--small", "data-value": norm,
    x: round(x(step)), y: round(top + box.height + 13), "text-anchor": "middle", text: norm !== null && isNumbered ? power(norm) : "",
  });
}

/** The error of the predictions comes in at the last time step, at the top. */
function drawError(group, snapshot, layers, { x, y, box, slot }, strings) {
  const isBackward = snapshot.position.phase === "backward";
  const middle = y(layers) + box.height / 2;
  const { given } = snapshot.lengths;
  const from = x(given) + box.width / 2 + 3;
  part(group, "path", "arrow", {
    class: isBackward ? "arrow arrow--gradient" : "arrow",
    d: isBackward ? arrow(from + slot * 0.5, from, middle, gradientWidth(gradientNorm(snapshot, layers, given))) : arrow(from, from + slot * 0.5, middle, 1.5),
  });
  part(group, "text", "name", {
    class: isBackward ? "gradient-number" : "end-number end-number--prediction end-number--small", x: round(from), y: round(middle + (slot < CLOSE ? -16 : 22)),
    text: isBackward ? strings.error : strings.prediction,
  });
}

function gradientWidth(norm) {
  return logarithmic(GRADIENT, [1, 10])(norm);
}
