/**
 * What the diagrams of all kinds of cell share: where things stand, the layer input that comes from below, boxes with
 * one square per unit, the nodes, what leaves at the right and loops back.
 */

import { characterRead } from "./cell_values.js";
import { isLit } from "./cells.js";
import { decimal, filled, shown, signed } from "./format.js";
import { diverging, shade } from "./scales.js";
import { drawStrip } from "./strip.js";
import { part, picture, round, set, subscripted } from "./svg.js";

const LEFT = 108; // room for what comes from below
const RIGHT = 122; // room for what goes up

/** Return where a diagram with `count` boxes has its parts, in pixels; `gap` is between two boxes. */
export function skeleton(width, height, count, gap = 12) {
  const left = LEFT;
  const right = width - RIGHT;
  const slot = (right - left - 32) / count;
  const strip = Math.min(190, slot * 0.88);
  const loop = height - 24;
  const bus = loop - Math.max(36, height * 0.13);
  const box = { height: Math.min(112, Math.max(88, height * 0.3)), width: slot - gap };
  const boxTop = bus - Math.max(16, height * 0.055) - box.height;
  const belt = Math.max(40, Math.min(64, boxTop * 0.36));
  const boxes = Array.from({ length: count }, (_, index) => {
    const x = left + 22 + index * slot;
    return { ...box, x, y: boxTop, middle: x + box.width / 2 };
  });
  return { width, height, left, right, slot, strip, loop, bus, boxTop, belt, boxes, middle: belt + (boxTop - belt) * 0.6 };
}

/** Draw the picture's frame and its moment; return a function that draws one quantity, quiet where the step is not about it. */
export function beginCell(root, snapshot, { width, height, label, strings }, { left, right }) {
  const svg = picture(root, { width, height, label });
  const { run, cell_step, epoch, step } = snapshot;
  part(svg, "rect", "frame", { class: "cell-frame", x: left, y: 1, width: round(right - left), height: round(height - 2), rx: 16 });
  part(svg, "text", "moment", {
    class: "cell-note", x: right - 12, y: 20, "text-anchor": "end", text: filled(strings.moment, { epoch: epoch.epoch, step }),
  });
  return (name, drawing) => drawing(part(svg, "g", name, {
    class: isLit(run.cell, cell_step, name) ? "quantity" : "quantity quantity--quiet", "data-quantity": name,
  }));
}

/** What comes from below, at the left, and the bus from which each box taps it: `taps` are [{x, bottom}]. */
export function drawLayerInput(group, { bus }, values, snapshot, { strings, taps, note = "" }) {
  const names = filled(snapshot.layer > 1 ? strings.from_layer : strings.from_input, { layer: snapshot.layer - 1 });
  part(group, "text", "from", { class: "cell-note", x: 0, y: round(bus - 32), text: names });
  drawNamed(group, "", "x", "t", { x: 0, y: bus - 16 });
  const character = characterRead(snapshot);
  const single = values.layer_input.length === 1 || character !== null;
  drawStrip(group, single ? values.layer_input.slice(0, 1) : values.layer_input, {
    x: 0, y: bus - 10, width: single ? 16 : 92, height: 20, colour: character === null ? diverging : () => "var(--input)", unit: null,
  });
  part(group, "text", "value", {
    class: "end-number end-number--input", x: 22, y: round(bus + 5),
    text: character !== null ? shown(character) : single ? signed(values.layer_input[0]) : "",
  });
  const last = Math.max(...taps.map(({ x }) => x));
  part(group, "path", "bus", { class: "wire wire--bus", d: `M${single ? 62 : 94} ${round(bus)}H${round(last)}` });
  drawTaps(group, taps, bus, "bus");
  const aside = taps.length > 1 ? { x: round(last - 8), "text-anchor": "end" } : { x: round(last + 12), "text-anchor": "start" };
  part(group, "text", "note", { class: "cell-note", y: round(bus + (taps.length > 1 ? 15 : -4)), ...aside, text: note });
}

/** Upright arrows from a line at `from` up to each box. */
export function drawTaps(group, taps, from, look) {
  for (const [index, { x, bottom }] of taps.entries()) {
    part(group, "path", `tap_${index + 1}`, { class: `wire wire--${look}`, d: `M${round(x)} ${round(from)}V${round(bottom + 8)}` });
    part(group, "path", `head_${index + 1}`, { class: "head", d: `M${round(x - 5)} ${round(bottom + 9)}h10l-5 -9Z` });
  }
}

/** One gate or other quantity of every unit: its name and meaning, its squares, and the chosen unit's value. */
export function drawBox(group, name, values, box, { unit }, { strings, function_name }) {
  const isGate = name.endsWith("_gate");
  part(group, "rect", "box", { class: `gate gate--${name}`, x: round(box.x), y: round(box.y), width: round(box.width), height: round(box.height), rx: 10 });
  const inside = box.x + 10;
  part(group, "text", "name", { class: `gate-name gate-name--${name}`, x: round(inside), y: round(box.y + 19), text: strings[name] });
  part(group, "text", "function", {
    class: "cell-note cell-note--italic", x: round(box.x + box.width - 10), y: round(box.y + 19), "text-anchor": "end", text: function_name,
  });
  part(group, "text", "meaning", { class: "cell-note", x: round(inside), y: round(box.y + 35), text: strings[`${name}_meaning`] });
  drawStrip(group, values, {
    x: inside, y: box.y + 42, width: box.width - 20, height: Math.min(34, box.height - 70), unit,
    colour: isGate ? (share) => shade(name, share) : diverging,
  });
  part(group, "text", "unit", { class: "cell-note", x: round(inside), y: round(box.y + box.height - 9), text: filled(strings.unit, { unit }) });
  part(group, "text", "value", {
    class: "gate-value", x: round(box.x + box.width - 10), y: round(box.y + box.height - 8), "text-anchor": "end",
    text: isGate ? decimal(values[unit - 1]) : signed(values[unit - 1]),
  });
}

/** The hidden state that leaves at the right, at height `y`, and where it goes. */
export function drawHiddenState(group, { right }, values, snapshot, strings, y) {
  drawNamed(group, strings.hidden_state, "h", "t", { x: right + 14, y: y - 17 });
  drawStrip(group, values.hidden_state, { x: right + 14, y: y - 10, width: 100, height: 20, colour: diverging, unit: snapshot.unit });
  const above = snapshot.layer < snapshot.run.layers;
  part(group, "text", "goes_to", {
    class: "cell-note", x: right + 14, y: y + 27, text: above ? filled(strings.to_layer, { layer: snapshot.layer + 1 }) : strings.to_prediction,
  });
}

/** h goes back into the same layer at the next time step: from (right, `from`) under everything to the left, and up to `to`. */
export function drawRecurrence(group, { left, right, loop }, { from, to }, strings) {
  const x = right - 14;
  part(group, "path", "loop", {
    class: "wire wire--recurrent",
    d: `M${round(x)} ${round(from)}V${round(loop - 12)}Q${round(x)} ${round(loop)} ${round(x - 12)} ${round(loop)}H${round(left + 22)}Q${round(left + 10)} ${round(loop)} ${round(left + 10)} ${round(loop - 12)}V${round(to + 9)}`,
  });
  part(group, "path", "head", { class: "head", d: `M${round(left + 5)} ${round(to + 10)}h10l-5 -9Z` });
  part(group, "text", "note", { class: "cell-note", x: round(x - 12), y: round(loop + 16), "text-anchor": "end", text: strings.recurrent_note });
}

/** A quantity's words and its symbol. */
export function drawNamed(group, words, symbol, index, { x, y }) {
  const text = part(group, "text", "name", { class: "cell-label", x: round(x), y: round(y) });
  subscripted(text, words === "" ? symbol : `${words} ${symbol}`, index);
}

/** A circle in which two quantities meet. */
export function drawNode(group, sign, x, y, hue) {
  part(group, "circle", "node", { class: `node node--${hue}`, cx: round(x), cy: round(y), r: 12 });
  const text = part(group, "text", "sign", {
    class: `node-sign node-sign--${hue}${sign.length > 1 ? " node-sign--long" : ""}`, x: round(x), y: round(y + (sign.length > 1 ? 4 : 5.5)), "text-anchor": "middle",
  });
  set(text, { text: sign });
}

/** Return the path up from (x, y), sideways at `middle`, up again at `to` until `end`. */
export function rising(x, y, to, middle, end, radius) {
  return `M${round(x)} ${round(y)}V${round(middle + radius)}Q${round(x)} ${round(middle)} ${round(x + radius)} ${round(middle)}`
    + `H${round(to - radius)}Q${round(to)} ${round(middle)} ${round(to)} ${round(middle - radius)}V${round(end)}`;
}
