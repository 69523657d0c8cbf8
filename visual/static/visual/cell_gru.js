/**
 * One GRU layer at one time step: its hidden state runs along the top as a belt. The update gate says how much of it
 * is kept, and the rest is filled with the candidate; the reset gate says how much of it the candidate hears.
 */

import { beginCell, drawBox, drawHiddenState, drawLayerInput, drawNamed, drawNode, drawRecurrence, drawTaps, rising, skeleton } from "./cell_parts.js";
import { valuesAt } from "./cell_values.js";
import { diverging } from "./scales.js";
import { drawStrip } from "./strip.js";
import { checked, part, round } from "./svg.js";

const defaults = { width: 860, height: 320, label: "", strings: {} };
const BOXES = ["update_gate", "reset_gate", "candidate"];
const APART = 16; // pixels between what a box hears from below and from before

/** Draw `snapshot` ({run, layer, unit, inspection, step, cell_step}) into `root`; cell_step 0 lights everything. */
export function drawGruCell(root, snapshot, options = {}) {
  const settings = checked(defaults, options, "drawGruCell");
  const { strings } = settings;
  const place = placed(settings);
  const values = valuesAt(snapshot);
  const draw = beginCell(root, snapshot, settings, place);
  draw("belt", (group) => drawBelt(group, place));
  draw("recurrence", (group) => drawRecurrence(group, place, { from: place.belt + 4, to: place.belt + 4 }, strings));
  draw("heard", (group) => drawTaps(group, place.boxes.slice(0, 2).map((box) => tap(box, APART)), place.loop, "recurrent"));
  draw("keep", (group) => drawKeep(group, place));
  draw("write", (group) => drawWrite(group, place));
  draw("let_in", (group) => drawLetIn(group, place));
  draw("layer_input", (group) => drawLayerInput(group, place, values, snapshot, {
    strings, taps: place.boxes.map((box, index) => tap(box, index === 2 ? 0 : -APART)),
  }));
  for (const [index, name] of BOXES.entries()) {
    draw(name, (group) => drawBox(group, name, values[name], place.boxes[index], snapshot, {
      strings, function_name: name === "candidate" ? "tanh" : "σ",
    }));
  }
  draw("hidden_state_before", (group) => {
    drawNamed(group, strings.hidden_state_before, "h", "t−1", { x: place.before, y: place.belt - 17 });
    drawStrip(group, values.hidden_state_before, {
      x: place.before, y: place.belt - 10, width: place.strip, height: 20, colour: diverging, unit: snapshot.unit, ground: true,
    });
  });
  draw("hidden_state", (group) => drawHiddenState(group, place, values, snapshot, strings, place.belt));
}

function placed({ width, height }) {
  const common = skeleton(width, height, BOXES.length, 52);
  const { boxes, left } = common;
  const [, reset, candidate] = boxes;
  return {
    ...common, before: left + 24, strip: Math.min(190, boxes[1].x - left - 50), keep: reset.x - 14, write: candidate.middle,
    rest: reset.middle + 20, let_in: (reset.x + reset.width + candidate.x) / 2, across: reset.y + reset.height / 2,
  };
}

function tap(box, aside) {
  return { x: box.middle + aside, bottom: box.y + box.height };
}

function drawBelt(group, { left, right, belt }) {
  part(group, "rect", "belt", { class: "belt", x: left + 6, y: belt - 4, width: round(right - left), height: 8, rx: 4 });
  part(group, "path", "head", { class: "head", d: `M${right + 2} ${belt - 7}l11 7l-11 7Z` });
}

/** u · h: the update gate's line rises to the belt. */
function drawKeep(group, { boxes, keep, belt, middle, boxTop }) {
  const radius = Math.min(10, (boxTop - middle) / 2);
  part(group, "path", "line", { class: "wire wire--update_gate", d: rising(boxes[0].middle, boxTop, keep, middle, belt + 14, radius) });
  drawNode(group, "×", keep, belt, "update_gate");
}

/** (1 − u) · g: what the update gate does not keep is filled with the candidate. */
function drawWrite(group, { keep, rest, write, belt, middle, boxTop }) {
  part(group, "path", "update_gate", { class: "wire wire--update_gate", d: `M${round(keep - 10)} ${round(middle)}H${round(write - 14)}` });
  part(group, "path", "candidate", { class: "wire wire--candidate", d: `M${round(write)} ${round(boxTop)}V${round(middle + 14)}` });
  part(group, "path", "line", { class: "wire", d: `M${round(write)} ${round(middle - 14)}V${round(belt + 14)}` });
  drawNode(part(group, "g", "rest"), "1−", rest, middle, "update_gate");
  drawNode(part(group, "g", "product"), "×", write, middle, "candidate");
  drawNode(part(group, "g", "sum"), "+", write, belt, "ink");
}

/** r · U h: of what comes from before, the reset gate lets a part into the candidate. */
function drawLetIn(group, { boxes, let_in, across, loop }) {
  const [, reset, candidate] = boxes;
  part(group, "path", "reset_gate", { class: "wire wire--reset_gate", d: `M${round(reset.x + reset.width)} ${round(across)}H${round(let_in - 13)}` });
  part(group, "path", "heard", { class: "wire wire--recurrent", d: `M${round(let_in)} ${round(loop)}V${round(across + 14)}` });
  part(group, "path", "line", { class: "wire", d: `M${round(let_in + 13)} ${round(across)}H${round(candidate.x - 8)}` });
  part(group, "path", "head", { class: "head", d: `M${round(candidate.x - 10)} ${round(across - 5)}v10l9 -5Z` });
  drawNode(group, "×", let_in, across, "reset_gate");
}
