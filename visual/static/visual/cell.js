/**
 * One LSTM layer at one time step: the cell state runs along the top as a belt, the gates stand below it, fed by
 * the layer input; the output gate lets the hidden state out, and it loops back. Every value is the server's.
 */

import { beginCell, drawBox, drawHiddenState, drawLayerInput, drawNamed, drawNode, drawRecurrence, rising, skeleton } from "./cell_parts.js";
import { valuesAt } from "./cell_values.js";
import { diverging } from "./scales.js";
import { drawStrip } from "./strip.js";
import { checked, part, round } from "./svg.js";

const defaults = { width: 860, height: 320, label: "", strings: {} };
const BOXES = ["forget_gate", "input_gate", "candidate", "output_gate"];

/** Draw `snapshot` ({run, layer, unit, inspection, step, cell_step}) into `root`; cell_step 0 lights everything. */
export function drawCell(root, snapshot, options = {}) {
  const settings = checked(defaults, options, "drawCell");
  const { strings } = settings;
  const place = placed(settings);
  const values = valuesAt(snapshot);
  const draw = beginCell(root, snapshot, settings, place);
  draw("belt", (group) => drawBelt(group, place));
  draw("recurrence", (group) => drawRecurrence(group, place, { from: place.middle, to: place.bus }, strings));
  draw("keep", (group) => drawKeep(group, place));
  draw("write", (group) => drawWrite(group, place));
  draw("show", (group) => drawShow(group, place));
  draw("layer_input", (group) => drawLayerInput(group, place, values, snapshot, {
    strings, note: strings.bus_note, taps: place.boxes.map((box) => ({ x: box.middle, bottom: box.y + box.height })),
  }));
  for (const [index, name] of BOXES.entries()) {
    draw(name, (group) => drawBox(group, name, values[name], place.boxes[index], snapshot, {
      strings, function_name: name === "candidate" ? "tanh" : "σ",
    }));
  }
  const belt = { y: place.belt - 10, width: place.strip, height: 20, colour: diverging, unit: snapshot.unit, ground: true };
  draw("cell_state_before", (group) => {
    drawNamed(group, strings.cell_state_before, "c", "t−1", { x: place.before, y: place.belt - 17 });
    drawStrip(group, values.cell_state_before, { ...belt, x: place.before });
  });
  draw("cell_state", (group) => {
    drawNamed(group, strings.cell_state, "c", "t", { x: place.now, y: place.belt - 17 });
    drawStrip(group, values.cell_state, { ...belt, x: place.now });
  });
  draw("hidden_state", (group) => drawHiddenState(group, place, values, snapshot, strings, place.middle));
  draw("hidden_state_before", (group) => {
    drawStrip(group, values.hidden_state_before, { ...belt, x: place.before, y: place.loop - 10, height: 20 });
    drawNamed(group, strings.hidden_state_before, "h", "t−1", { x: place.before + place.strip + 8, y: place.loop - 8 });
  });
}

function placed({ width, height }) {
  const common = skeleton(width, height, BOXES.length);
  const { boxes, left, slot } = common;
  const write = (boxes[1].middle + boxes[2].middle) / 2;
  return {
    ...common, before: left + 14, keep: boxes[1].x - 6, write,
    now: write + 22, show: boxes[3].middle, tap: boxes[3].middle - Math.max(34, slot * 0.26),
  };
}

function drawBelt(group, { left, right, belt }) {
  part(group, "rect", "belt", { class: "belt", x: left - 46, y: belt - 4, width: round(right - left + 92), height: 8, rx: 4 });
  part(group, "path", "head", { class: "head", d: `M${right + 44} ${belt - 7}l12 7l-12 7Z` });
}

/** f · c: the forget gate's line rises to the belt. */
function drawKeep(group, { boxes, keep, belt, middle, boxTop }) {
  const radius = Math.min(10, (boxTop - middle) / 2);
  part(group, "path", "line", {
    class: "wire wire--forget_gate", d: rising(boxes[0].middle, boxTop, keep, middle, belt + 14, radius),
  });
  drawNode(group, "×", keep, belt, "forget_gate");
}

/** i · g, and its sum with what is kept. */
function drawWrite(group, { boxes, write, belt, middle, boxTop }) {
  for (const [box, name, turn] of [[boxes[1], "input_gate", 1], [boxes[2], "candidate", -1]]) {
    part(group, "path", name, {
      class: `wire wire--${name}`,
      d: `M${round(box.middle)} ${round(boxTop)}V${round(middle + 10)}Q${round(box.middle)} ${round(middle)} ${round(box.middle + turn * 10)} ${round(middle)}H${round(write - turn * 14)}`,
    });
  }
  part(group, "path", "line", { class: "wire", d: `M${round(write)} ${round(middle)}V${round(belt + 14)}` });
  drawNode(group, "×", write, middle, "input_gate");
  drawNode(part(group, "g", "sum"), "+", write, belt, "ink");
}

/** o · tanh(c): the belt is read through tanh, and the output gate lets a part of it out to the right. */
function drawShow(group, { show, tap, belt, middle, boxTop, right }) {
  part(group, "path", "gate", { class: "wire wire--output_gate", d: `M${round(show)} ${round(boxTop)}V${round(middle + 14)}` });
  part(group, "path", "tap", {
    class: "wire",
    d: `M${round(tap)} ${round(belt + 4)}V${round(middle - 10)}Q${round(tap)} ${round(middle)} ${round(tap + 10)} ${round(middle)}H${round(show - 14)}`,
  });
  part(group, "text", "tanh", { class: "cell-note cell-note--italic", x: round(tap + 8), y: round((belt + middle) / 2 + 5), text: "tanh" });
  part(group, "path", "output", { class: "wire", d: `M${round(show + 13)} ${round(middle)}H${round(right + 8)}` });
  part(group, "path", "head", { class: "head", d: `M${round(right + 5)} ${round(middle - 5)}v10l9 -5Z` });
  drawNode(group, "×", show, middle, "output_gate");
}
