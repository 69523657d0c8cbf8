/**
 * One LSTM layer at one time step: the cell state runs along the top as a belt, the gates stand below it, fed by
 * the layer input; the output gate lets the hidden state out, and it loops back. Every value is the server's.
 */

import { valuesAt } from "./cell_values.js";
import { decimal, filled, signed } from "./format.js";
import { diverging, shade } from "./scales.js";
import { drawStrip } from "./strip.js";
import { checked, part, picture, round, set, subscripted } from "./svg.js";

const defaults = { width: 860, height: 320, label: "", strings: {} };
const LEFT = 108; // room for what comes from below
const RIGHT = 122; // room for what goes up
const ACTIVE = { // what each of the four steps is about
  1: ["layer_input", "hidden_state_before"],
  2: ["forget_gate", "input_gate", "candidate", "output_gate"],
  3: ["cell_state_before", "keep", "write", "cell_state", "belt"],
  4: ["show", "hidden_state", "recurrence"],
};

/** Draw `snapshot` ({run, layer, unit, inspection, step, cell_step}) into `root`; cell_step 0 lights everything. */
export function drawCell(root, snapshot, options = {}) {
  const { width, height, label, strings } = checked(defaults, options, "drawCell");
  const svg = picture(root, { width, height, label });
  const place = placed(width, height);
  const values = valuesAt(snapshot);
  part(svg, "rect", "frame", {
    class: "cell-frame", x: place.left, y: 1, width: round(place.right - place.left), height: round(height - 2), rx: 16,
  });
  const draw = (name, drawing) => {
    const active = snapshot.cell_step === 0 || ACTIVE[snapshot.cell_step].includes(name);
    drawing(part(svg, "g", name, { class: active ? "quantity" : "quantity quantity--quiet", "data-quantity": name }));
  };
  draw("belt", (group) => drawBelt(group, place));
  draw("recurrence", (group) => drawRecurrence(group, place, strings));
  draw("keep", (group) => drawKeep(group, place));
  draw("write", (group) => drawWrite(group, place));
  draw("show", (group) => drawShow(group, place));
  draw("layer_input", (group) => drawLayerInput(group, place, values, snapshot, strings));
  for (const [index, name] of ["forget_gate", "input_gate", "candidate", "output_gate"].entries()) {
    draw(name, (group) => drawGate(group, name, values[name], place.gates[index], snapshot, strings));
  }
  part(svg, "text", "moment", {
    class: "cell-note", x: place.right - 12, y: 20, "text-anchor": "end",
    text: filled(strings.moment, { epoch: snapshot.epoch.epoch, step: snapshot.step }),
  });
  const belt = { y: place.belt - 10, width: place.strip, height: 20, colour: diverging, unit: snapshot.unit };
  draw("cell_state_before", (group) => {
    drawNamed(group, strings.cell_state_before, "c", "t−1", { x: place.before, y: place.belt - 17 });
    drawStrip(group, values.cell_state_before, { ...belt, x: place.before });
  });
  draw("cell_state", (group) => {
    drawNamed(group, strings.cell_state, "c", "t", { x: place.now, y: place.belt - 17 });
    drawStrip(group, values.cell_state, { ...belt, x: place.now });
  });
  const beside = { width: 100, height: 20, colour: diverging, unit: snapshot.unit };
  draw("hidden_state", (group) => {
    drawNamed(group, strings.hidden_state, "h", "t", { x: place.right + 14, y: place.middle - 17 });
    drawStrip(group, values.hidden_state, { ...beside, x: place.right + 14, y: place.middle - 10 });
    const above = snapshot.layer < snapshot.run.layers;
    part(group, "text", "goes_to", {
      class: "cell-note", x: place.right + 14, y: place.middle + 27,
      text: above ? filled(strings.to_layer, { layer: snapshot.layer + 1 }) : strings.to_prediction,
    });
  });
  draw("hidden_state_before", (group) => {
    drawStrip(group, values.hidden_state_before, { ...belt, x: place.before, y: place.loop - 10, height: 20 });
    drawNamed(group, strings.hidden_state_before, "h", "t−1", { x: place.before + place.strip + 8, y: place.loop - 8 });
  });
}

function placed(width, height) {
  const left = LEFT;
  const right = width - RIGHT;
  const slot = (right - left - 32) / 4;
  const strip = Math.min(190, slot * 0.88);
  const loop = height - 24;
  const bus = loop - Math.max(36, height * 0.13);
  const gate = { height: Math.min(112, Math.max(88, height * 0.3)), width: slot - 12 };
  const gateTop = bus - Math.max(16, height * 0.055) - gate.height;
  const belt = Math.max(40, Math.min(64, gateTop * 0.36));
  const gates = [0, 1, 2, 3].map((index) => ({
    ...gate, x: left + 22 + index * slot, y: gateTop, middle: left + 22 + index * slot + gate.width / 2, bus,
  }));
  const write = (gates[1].middle + gates[2].middle) / 2;
  return {
    left, right, strip, loop, bus, belt, gates, gateTop,
    before: left + 14, keep: gates[1].x - 6, write, middle: belt + (gateTop - belt) * 0.6,
    now: write + 22, show: gates[3].middle, tap: gates[3].middle - Math.max(34, slot * 0.26),
  };
}

function drawBelt(group, { left, right, belt }) {
  part(group, "rect", "belt", { class: "belt", x: left - 46, y: belt - 4, width: round(right - left + 92), height: 8, rx: 4 });
  part(group, "path", "head", { class: "head", d: `M${right + 44} ${belt - 7}l12 7l-12 7Z` });
}

/** f · c: the forget gate's line rises to the belt. */
function drawKeep(group, { gates, keep, belt, middle, gateTop }) {
  const radius = Math.min(10, (gateTop - middle) / 2);
  part(group, "path", "line", {
    class: "wire wire--forget_gate", d: rising(gates[0].middle, gateTop, keep, middle, belt + 14, radius),
  });
  node(group, "×", keep, belt, "forget_gate");
}

/** i · g, and its sum with what is kept. */
function drawWrite(group, { gates, write, belt, middle, gateTop }) {
  for (const [gate, name, turn] of [[gates[1], "input_gate", 1], [gates[2], "candidate", -1]]) {
    part(group, "path", name, {
      class: `wire wire--${name}`,
      d: `M${round(gate.middle)} ${round(gateTop)}V${round(middle + 10)}Q${round(gate.middle)} ${round(middle)} ${round(gate.middle + turn * 10)} ${round(middle)}H${round(write - turn * 14)}`,
    });
  }
  part(group, "path", "line", { class: "wire", d: `M${round(write)} ${round(middle)}V${round(belt + 14)}` });
  node(group, "×", write, middle, "input_gate");
  node(part(group, "g", "sum"), "+", write, belt, "ink");
}

/** o · tanh(c): the belt is read through tanh, and the output gate lets a part of it out to the right. */
function drawShow(group, { gates, show, tap, belt, middle, gateTop, right }) {
  part(group, "path", "gate", { class: "wire wire--output_gate", d: `M${round(show)} ${round(gateTop)}V${round(middle + 14)}` });
  part(group, "path", "tap", {
    class: "wire",
    d: `M${round(tap)} ${round(belt + 4)}V${round(middle - 10)}Q${round(tap)} ${round(middle)} ${round(tap + 10)} ${round(middle)}H${round(show - 14)}`,
  });
  part(group, "text", "tanh", { class: "cell-note cell-note--italic", x: round(tap + 8), y: round((belt + middle) / 2 + 5), text: "tanh" });
  part(group, "path", "output", { class: "wire", d: `M${round(show + 13)} ${round(middle)}H${round(right + 8)}` });
  part(group, "path", "head", { class: "head", d: `M${round(right + 5)} ${round(middle - 5)}v10l9 -5Z` });
  node(group, "×", show, middle, "output_gate");
}

/** h goes back into the same layer at the next time step: under everything, from the right to the left. */
function drawRecurrence(group, { left, right, loop, middle, bus }, strings) {
  const x = right - 14;
  part(group, "path", "loop", {
    class: "wire wire--recurrent",
    d: `M${round(x)} ${round(middle)}V${round(loop - 12)}Q${round(x)} ${round(loop)} ${round(x - 12)} ${round(loop)}H${round(left + 22)}Q${round(left + 10)} ${round(loop)} ${round(left + 10)} ${round(loop - 12)}V${round(bus + 9)}`,
  });
  part(group, "path", "head", { class: "head", d: `M${round(left + 5)} ${round(bus + 10)}h10l-5 -9Z` });
  part(group, "text", "note", { class: "cell-note", x: round(x - 12), y: round(loop + 16), "text-anchor": "end", text: strings.recurrent_note });
}

function drawLayerInput(group, { bus, gates }, values, snapshot, strings) {
  const names = filled(snapshot.layer > 1 ? strings.from_layer : strings.from_input, { layer: snapshot.layer - 1 });
  part(group, "text", "from", { class: "cell-note", x: 0, y: round(bus - 32), text: names });
  drawNamed(group, "", "x", "t", { x: 0, y: bus - 16 });
  const single = values.layer_input.length === 1;
  drawStrip(group, values.layer_input, {
    x: 0, y: bus - 10, width: single ? 16 : 92, height: 20, colour: diverging, unit: null,
  });
  part(group, "text", "value", { class: "end-number end-number--input", x: 22, y: round(bus + 5), text: single ? signed(values.layer_input[0]) : "" });
  const start = single ? 62 : 94;
  part(group, "path", "bus", { class: "wire wire--bus", d: `M${start} ${round(bus)}H${round(gates[3].middle)}` });
  part(group, "g", "taps");
  for (const [index, gate] of gates.entries()) {
    part(group, "path", `tap_${index + 1}`, { class: "wire wire--bus", d: `M${round(gate.middle)} ${round(bus)}V${round(gate.y + gate.height + 8)}` });
    part(group, "path", `head_${index + 1}`, { class: "head", d: `M${round(gate.middle - 5)} ${round(gate.y + gate.height + 9)}h10l-5 -9Z` });
  }
  part(group, "text", "note", {
    class: "cell-note", x: round(gates[3].middle - 8), y: round(bus + 15), "text-anchor": "end", text: strings.bus_note,
  });
}

function drawGate(group, name, values, box, { unit }, strings) {
  const isCandidate = name === "candidate";
  part(group, "rect", "box", { class: `gate gate--${name}`, x: round(box.x), y: round(box.y), width: round(box.width), height: round(box.height), rx: 10 });
  const inside = box.x + 10;
  part(group, "text", "name", { class: `gate-name gate-name--${name}`, x: round(inside), y: round(box.y + 19), text: strings[name] });
  part(group, "text", "function", {
    class: "cell-note cell-note--italic", x: round(box.x + box.width - 10), y: round(box.y + 19), "text-anchor": "end", text: isCandidate ? "tanh" : "σ",
  });
  part(group, "text", "meaning", { class: "cell-note", x: round(inside), y: round(box.y + 35), text: strings[`${name}_meaning`] });
  drawStrip(group, values, {
    x: inside, y: box.y + 42, width: box.width - 20, height: Math.min(34, box.height - 70), unit,
    colour: isCandidate ? diverging : (value) => shade(name, value),
  });
  part(group, "text", "unit", { class: "cell-note", x: round(inside), y: round(box.y + box.height - 9), text: filled(strings.unit, { unit }) });
  part(group, "text", "value", {
    class: "gate-value", x: round(box.x + box.width - 10), y: round(box.y + box.height - 8), "text-anchor": "end",
    text: isCandidate ? signed(values[unit - 1]) : decimal(values[unit - 1]),
  });
}

function drawNamed(group, words, symbol, index, { x, y }) {
  const text = part(group, "text", "name", { class: "cell-label", x: round(x), y: round(y) });
  subscripted(text, words === "" ? symbol : `${words} ${symbol}`, index);
}

function node(group, sign, x, y, hue) {
  part(group, "circle", "node", { class: `node node--${hue}`, cx: round(x), cy: round(y), r: 12 });
  const text = part(group, "text", "sign", { class: `node-sign node-sign--${hue}`, x: round(x), y: round(y + 5.5), "text-anchor": "middle" });
  set(text, { text: sign });
}

/** Up from (x, y), sideways at `middle`, up again at `to` until `end`. */
function rising(x, y, to, middle, end, radius) {
  return `M${round(x)} ${round(y)}V${round(middle + radius)}Q${round(x)} ${round(middle)} ${round(x + radius)} ${round(middle)}`
    + `H${round(to - radius)}Q${round(to)} ${round(middle)} ${round(to)} ${round(middle - radius)}V${round(end)}`;
}
