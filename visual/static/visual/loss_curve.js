/** The loss over the epochs, on a log scale: training and validation, the edits on the way, and the epoch on the screen. */

import { drawColumns, drawRows } from "./axes.js";
import { apart } from "./ends.js";
import { powerOfTen } from "./format.js";
import { decades, linear, logarithmic, ticks } from "./scales.js";
import { checked, join, part, picture, polyline, round, set } from "./svg.js";

const defaults = {
  width: 800, height: 200, label: "", reached: 0, epoch_axis: "", training: "", validation: "", edits: [], other: "",
};
const LENGTHS = [20, 40, 60, 100, 150, 200, 250, 300];
const LEFT = 52;
const RIGHT = 92;

/** Return the plot's horizontal scale: an epoch to pixels and back, and how far the axis goes. */
export function epochScale({ width, reached }) {
  const end = LENGTHS.find((length) => length >= reached) ?? LENGTHS.at(-1);
  const range = [LEFT, width - RIGHT];
  return { end, left: range[0], right: range[1], x: linear([0, end], range), epochAt: linear(range, [0, end]) };
}

/**
 * Draw `snapshot.losses`, and mark `snapshot.position.epoch`; `edits` are [{epoch, text}]. Another run's losses,
 * `snapshot.other_losses`, are drawn over them under the name `other`.
 */
export function drawLossCurve(root, snapshot, options = {}) {
  const settings = checked(defaults, options, "drawLossCurve");
  const { width, height, label, reached } = settings;
  const svg = picture(root, { width, height, label });
  const { losses, position, other_losses = [] } = snapshot;
  const { end, x, left, right } = epochScale(settings);
  const top = 12;
  const bottom = height - 24;
  const domain = lossDomain([...losses, ...other_losses]);
  const y = logarithmic(domain, [bottom, top]);

  drawRows(svg, { values: rowsOf(domain), y, left, right, label: powerOfTen });
  drawColumns(svg, { values: ticks(0, end, width < 560 ? 4 : 10), x, y: bottom, right, label: String });
  part(svg, "text", "epoch_axis", { class: "axis-title", x: right + 20, y: bottom + 16, text: settings.epoch_axis });
  drawEdits(part(svg, "g", "edits"), settings.edits, { x, top, bottom });

  const training = losses.filter((loss) => loss.training_loss !== null);
  const curves = [
    ["validation_loss", "validation_loss", losses, settings.validation], ["training_loss", "training_loss", training, settings.training],
    ["other_loss", "validation_loss", other_losses, settings.other],
  ].map(([name, value, known, title]) => ({ name, title, points: known.map((loss) => [x(loss.epoch), y(loss[value])]) }));
  for (const { name, points } of curves) part(svg, "path", name, { class: `curve curve--${name}`, d: points.length > 1 ? polyline(points) : "" });
  join(part(svg, "g", "other_points"), "circle", curves[2].points.filter((_, index) => index % 5 === 0), (circle, [cx, cy]) => set(circle, {
    class: "curve-point", cx: round(cx), cy: round(cy), r: 3.5,
  }));
  drawTitles(svg, curves, { right, top, bottom });
  drawHandle(svg, losses.find((loss) => loss.epoch === position.epoch), { x, y, top, bottom, position, reached });
}

function lossDomain(losses) {
  const values = losses.flatMap((loss) => [loss.training_loss, loss.validation_loss]).filter((value) => value > 0);
  const low = Math.min(0.1, ...values);
  const high = Math.max(1, ...values);
  return [10 ** Math.floor(Math.log10(low) + 1e-9), 10 ** Math.ceil(Math.log10(high) - 1e-9)];
}

function rowsOf(domain) {
  const all = decades(...domain);
  const every = Math.ceil(all.length / 5);
  return all.filter((_, index) => (all.length - 1 - index) % every === 0);
}

function drawEdits(group, edits, { x, top, bottom }) {
  join(group, "g", edits, (mark, edit, index) => {
    part(mark, "line", "line", { class: "edit-line", x1: round(x(edit.epoch)), x2: round(x(edit.epoch)), y1: top, y2: bottom });
    part(mark, "text", "text", {
      class: "edit-text", x: round(x(edit.epoch) + 5), y: top + 10 + (index % 3) * 15, text: edit.text,
    });
  });
}

function drawTitles(svg, curves, { right, top, bottom }) {
  const ends = curves.filter(({ points }) => points.length > 0).map((curve) => ({ ...curve, at: curve.points.at(-1)[1] }));
  const titles = apart(ends, { top: top + 6, bottom: bottom - 6 });
  join(part(svg, "g", "titles"), "text", titles, (text, { name, title, points, at }) => set(text, {
    class: `curve-title curve-title--${name}`, x: round(Math.min(right, points.at(-1)[0]) + 10), y: round(at + 4), text: title,
  }));
}

function drawHandle(svg, loss, { x, y, top, bottom, position }) {
  const group = part(svg, "g", "epoch", { class: "handle" });
  const at = round(x(position.epoch));
  part(group, "line", "line", { x1: at, x2: at, y1: top, y2: bottom });
  part(group, "circle", "validation_loss", { cx: at, cy: loss ? round(y(loss.validation_loss)) : bottom, r: 7 });
}
