/**
 * The network: one glyph per LSTM layer with one dot per unit, coloured by the unit's hidden state at the time
 * step on the screen, each layer's recurrent loop, and in the backward phase the gradient that flows back.
 */

import { filled, power, shown } from "./format.js";
import { gradientNorm, hiddenState, valuePredicted, valueRead } from "./snapshot.js";
import { diverging, linear, logarithmic } from "./scales.js";
import { arrow } from "./shapes.js";
import { checked, join, part, picture, round, set, subscripted } from "./svg.js";

const defaults = { width: 640, height: 320, label: "", layer_names: [], open_layer: "" };
const EDGE = 54; // room for the value read at the left and the prediction at the right
const ABOVE = 64; // a layer's name and its recurrent loop
const BELOW = 64; // the gradient's bars and number
const FRAME = 8; // between a layer's frame and its units
const PITCH = [9, 30]; // the closest and the widest that units stand
const GRADIENT = [1e-5, 1]; // the norms between which the width of a backward arrow grows

/** Return where the glyph of each layer stands: [{x, y, width, height, pitch, columns}] in pixels. */
export function layerBoxes({ width, height, layers, units }) {
  const slot = (width - 2 * EDGE) / layers;
  const gap = Math.min(80, Math.max(22, slot * 0.26));
  const room = { width: slot - gap - 2 * FRAME, height: height - ABOVE - BELOW - 2 * FRAME };
  const grids = [1, 2, 4, 8].filter((columns) => units >= columns * 2).map((columns) => {
    const rows = Math.ceil(units / columns);
    return { columns, rows, pitch: Math.min(PITCH[1], room.width / columns, room.height / rows) };
  });
  const { columns, rows, pitch } = grids.reduce((best, grid) => (grid.pitch >= best.pitch - 0.5 && grid.columns <= 4 ? grid : best));
  const box = { columns, pitch: Math.max(PITCH[0], pitch) };
  box.width = columns * box.pitch + 2 * FRAME;
  box.height = rows * box.pitch + 2 * FRAME;
  const y = ABOVE + Math.max(0, (height - ABOVE - BELOW - box.height) / 2);
  return Array.from({ length: layers }, (_, index) => ({ ...box, x: EDGE + slot * (index + 0.5) - box.width / 2, y }));
}

/** Draw the network of `snapshot.run` at `snapshot.position` into `root`. */
export function drawNetwork(root, snapshot, options = {}) {
  const settings = checked(defaults, options, "drawNetwork");
  const { width, height, label, layer_names } = settings;
  const { run, position } = snapshot;
  const svg = picture(root, { width, height, label });
  const boxes = layerBoxes({ width, height, layers: run.layers, units: run.units });
  const middle = boxes[0].y + boxes[0].height / 2;
  drawButtons(part(root, "div", "layer_buttons", { class: "layer-buttons" }), boxes, settings.open_layer);
  drawFlows(part(svg, "g", "flows"), snapshot, boxes, { width, middle });
  drawEnds(svg, snapshot, { width, middle });
  join(part(svg, "g", "layers"), "g", boxes, (group, box, index) => {
    drawLoop(part(group, "g", "recurrence"), gradientNorm(snapshot, index + 1, position.step), box);
    drawUnits(part(group, "g", "hidden_state"), hiddenState(snapshot, index + 1, position.step), box);
    const middleOfBox = round(box.x + box.width / 2);
    part(group, "text", "name", {
      class: "layer-name", x: middleOfBox, y: round(box.y - 48), "text-anchor": "middle", text: layer_names[index] ?? "",
    });
    const half = Math.max(40, Math.min(64, (width - 2 * EDGE) / run.layers / 2 - 6));
    drawGradient(part(group, "g", "gradient_norm"), snapshot, index + 1, {
      left: middleOfBox - half, right: middleOfBox + half, bottom: round(box.y + box.height + 56),
    });
  });
}

/** Real buttons over the glyphs: a layer can be opened by mouse, touch and keyboard. */
function drawButtons(parent, boxes, sentence) {
  join(parent, "button", boxes, (button, box, index) => set(button, {
    type: "button", class: "layer-button", "data-layer": index + 1, "aria-label": filled(sentence, { layer: index + 1 }),
    style: { left: `${round(box.x)}px`, top: `${round(box.y)}px`, width: `${round(box.width)}px`, height: `${round(box.height)}px` },
  }));
}

/** The arrows between input, layers and prediction; backward they turn round and take the width of the gradient. */
function drawFlows(group, snapshot, boxes, { width, middle }) {
  const { position } = snapshot;
  const ends = [[40, boxes[0].x], ...boxes.slice(1).map((box, index) => [boxes[index].x + boxes[index].width, box.x]),
    [boxes.at(-1).x + boxes.at(-1).width, width - 40]];
  join(group, "path", ends, (path, [from, to], index) => {
    const layer = Math.min(index + 1, boxes.length);
    const norm = gradientNorm(snapshot, layer, position.step);
    const backward = norm !== null;
    const thickness = backward ? gradientWidth(norm) : 1.75;
    set(path, {
      class: backward ? "arrow arrow--gradient" : "arrow",
      d: backward ? arrow(to - 5, from + 5, middle, thickness) : arrow(from + 5, to - 5, middle, thickness),
    });
  });
}

/** What goes in at the left and what comes out at the right, with their values. */
function drawEnds(svg, snapshot, { width, middle }) {
  const { step } = snapshot.position;
  const { given } = snapshot.lengths;
  const ends = [
    ["layer_input", 24, valueRead(snapshot, step), step <= given ? "input" : "prediction", "x", step],
    ["output", width - 24, valuePredicted(snapshot, step), "prediction", "ŷ", step + 1],
  ];
  for (const [name, x, value, hue, symbol, index] of ends) {
    const group = part(svg, "g", name);
    const known = value !== null;
    part(group, "circle", "value", { class: known ? `end end--${hue}` : "end", cx: x, cy: round(middle), r: 11, "data-value": value });
    const title = part(group, "text", "symbol", {
      class: `end-symbol end-symbol--${known ? hue : "none"}`, x, y: round(middle - 20), "text-anchor": "middle",
    });
    subscripted(title, symbol, String(index));
    part(group, "text", "number", {
      class: `end-number end-number--${known ? hue : "none"}`, x, y: round(middle + 30), "text-anchor": "middle",
      text: known ? shown(value) : "–",
    });
  }
}

function drawUnits(group, values, box) {
  part(group, "rect", "frame", {
    class: "layer-frame", x: round(box.x), y: round(box.y), width: round(box.width), height: round(box.height), rx: 12,
  });
  const dots = part(group, "g", "units");
  join(dots, "circle", values, (dot, value, index) => set(dot, {
    class: "unit", "data-unit": index + 1, "data-value": value.toFixed(3),
    cx: round(box.x + FRAME + (index % box.columns + 0.5) * box.pitch),
    cy: round(box.y + FRAME + (Math.floor(index / box.columns) + 0.5) * box.pitch),
    r: round(box.pitch * 0.39), style: { fill: diverging(value) },
  }));
}

/** h at one time step goes into the same layer at the next: out at the right, over the top, in at the left. */
function drawLoop(group, norm, box) {
  const left = box.x + box.width * 0.22;
  const right = box.x + box.width * 0.78;
  const height = 22;
  const top = box.y - height;
  const radius = Math.min(11, (right - left) / 2);
  const backward = norm !== null;
  const thickness = backward ? gradientWidth(norm) : 1.75;
  const head = Math.max(4.5, thickness * 0.95);
  const [from, to] = backward ? [left, right] : [right, left];
  const turn = from < to ? 1 : -1;
  part(group, "path", "loop", {
    class: backward ? "loop loop--gradient" : "loop",
    d: `M${round(from)} ${round(box.y)}V${round(top + radius)}Q${round(from)} ${round(top)} ${round(from + turn * radius)} ${round(top)}`
      + `H${round(to - turn * radius)}Q${round(to)} ${round(top)} ${round(to)} ${round(top + radius)}V${round(box.y - head)}`,
    style: { "stroke-width": String(round(thickness)) },
  });
  part(group, "path", "head", {
    class: backward ? "head head--gradient" : "head",
    d: `M${round(to - head)} ${round(box.y - 1 - head * 1.3)}h${round(2 * head)}L${round(to)} ${round(box.y - 1)}Z`,
  });
  const name = part(group, "text", "hidden_state_before", {
    class: "loop-name", x: round(box.x + box.width / 2), y: round(top - 6 - thickness / 2), "text-anchor": "middle",
  });
  subscripted(name, "h", "t−1");
}

/** One bar per time step of the input, as far as the error has come; beside them the number of this step. */
function drawGradient(group, snapshot, layer, { left, right, bottom }) {
  const { given } = snapshot.lengths;
  const steps = Array.from({ length: given }, (_, index) => index + 1);
  const x = linear([0.5, given + 0.5], [left, right]);
  const size = logarithmic([GRADIENT[0] / 10, GRADIENT[1]], [1, 30]);
  set(group, { class: snapshot.position.phase === "backward" ? null : "quiet-gradient" });
  part(group, "line", "base", { class: "axis-line", x1: round(left), x2: round(right), y1: bottom + 0.5, y2: bottom + 0.5 });
  join(part(group, "g", "steps"), "rect", steps, (bar, step) => {
    const norm = gradientNorm(snapshot, layer, step);
    const height = norm === null ? 0 : size(norm);
    set(bar, {
      class: step === snapshot.position.step ? "gradient-bar gradient-bar--now" : "gradient-bar", "data-value": norm,
      x: round(x(step) - (right - left) / given * 0.36), width: round((right - left) / given * 0.72),
      y: round(bottom - height), height: round(height),
    });
  });
  const now = gradientNorm(snapshot, layer, snapshot.position.step);
  part(group, "text", "number", {
    class: "gradient-number", x: round((left + right) / 2), y: round(bottom - 36), "text-anchor": "middle",
    text: now === null ? "" : power(now),
  });
}

function gradientWidth(norm) {
  return logarithmic(GRADIENT, [1, 9])(norm);
}
