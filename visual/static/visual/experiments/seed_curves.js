/** The validation loss of one setting over several seeds: each seed's thin line, their median, and the band around it. */

import { drawColumns, drawRows } from "../axes.js";
import { apart } from "../ends.js";
import { significant, superscript } from "../format.js";
import { decades, linear, logarithmic, ticks } from "../scales.js";
import { checked, join, part, picture, polyline, round, set } from "../svg.js";

const defaults = { width: 800, height: 360, label: "", strings: {}, epochs: 30, own: null };
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 150, 14, 38];

/**
 * Draw `runs` ([{seed, losses}], epoch 0 first), their `band` (band.js) and the band `before` the last change, or null.
 * `own` is the seed of the run on the screen.
 */
export function drawSeedCurves(root, { runs, band, before }, options = {}) {
  const { width, height, label, strings, epochs, own } = checked(defaults, options, "drawSeedCurves");
  const svg = picture(root, { width, height, label });
  const [right, bottom] = [width - RIGHT, height - BOTTOM];
  const x = linear([0, epochs], [LEFT, right]);
  const domain = decadesOf([...runs.flatMap(({ losses }) => losses), ...(before ?? []).flatMap(({ low, high }) => [low, high])]);
  const y = logarithmic(domain, [bottom, TOP]);
  drawRows(svg, { values: decades(...domain), y, left: LEFT, right, label: powerOfTen });
  drawColumns(svg, { values: ticks(0, epochs, 6), x, y: bottom, right, label: String, title: strings.epoch_axis });
  part(svg, "path", "before_band", { class: "seeds__before", d: before ? outline(before, x, y) : "" });
  part(svg, "path", "band", { class: "seeds__band", d: band.length > 1 ? outline(band, x, y) : "" });
  const line = (losses) => polyline(losses.map((loss, epoch) => [x(epoch), y(loss)]));
  join(part(svg, "g", "seeds"), "path", runs, (path, { seed, losses }) => set(path, {
    class: seed === own ? "curve seeds__seed seeds__seed--own" : "curve seeds__seed", "data-seed": seed, d: losses.length > 1 ? line(losses) : "",
  }));
  part(svg, "path", "median", { class: "curve seeds__median", d: band.length > 1 ? line(band.map(({ median }) => median)) : "" });
  drawNames(svg, { runs, band, own, strings, right, bottom, y });
}

function outline(band, x, y) {
  const upper = band.map(({ high }, epoch) => [x(epoch), y(high)]);
  const lower = band.map(({ low }, epoch) => [x(epoch), y(low)]).reverse();
  return `${polyline([...upper, ...lower])}Z`;
}

function drawNames(svg, { runs, band, own, strings, right, bottom, y }) {
  const ownRun = runs.find(({ seed }) => seed === own);
  const last = band.at(-1);
  const names = [];
  if (last && band.length > 1) names.push({ name: "median", at: y(last.median), words: strings.median }, { name: "band", at: y(last.high), words: strings.high }, { name: "band", at: y(last.low), words: strings.low });
  if (ownRun?.losses.length > 1) names.push({ name: "own", at: y(ownRun.losses.at(-1)), words: strings.own });
  join(part(svg, "g", "names"), "text", apart(names, { top: TOP + 4, bottom }), (text, { name, at, words }) => set(text, {
    class: `seeds__name seeds__name--${name}`, x: right + 10, y: round(at + 4), text: words,
  }));
}

function decadesOf(values) {
  const known = values.filter((value) => value > 0);
  return [10 ** Math.floor(Math.log10(Math.min(0.1, ...known)) + 1e-9), 10 ** Math.ceil(Math.log10(Math.max(1, ...known)) - 1e-9)];
}

function powerOfTen(value) {
  return value >= 0.001 && value <= 1000 ? significant(value, 1) : `10${superscript(Math.round(Math.log10(value)))}`;
}
