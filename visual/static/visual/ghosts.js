/** Ghosts: beside what was altered, what the unchanged run has there. They stand where the views have drawn their marks. */

import { valuesAt } from "./cell_values.js";
import { diverging, shade } from "./scales.js";
import { hiddenState } from "./snapshot.js";
import { join, part, round, set } from "./svg.js";

const SAME = 0.01; // nearer than this, nothing is to be seen
const SHARE = 0.36; // of a square's height

/** Ring every unit of the network's picture in the colour that it has in the unchanged run. */
export function drawUnitGhosts(canvas, snapshot) {
  drawRings(canvas, snapshot, [...canvas.querySelectorAll('[data-part="layers"] > g')].flatMap((group, index) => (
    units(group, snapshot, index + 1, snapshot.position.step)
  )));
}

/** The same for the network unrolled, whose columns are time steps. */
export function drawColumnGhosts(canvas, snapshot) {
  drawRings(canvas, snapshot, [...canvas.querySelectorAll("[data-step]")].flatMap((column) => (
    [...column.querySelectorAll("[data-layer]")].flatMap((group) => units(group, snapshot, Number(group.dataset.layer), Number(column.dataset.step)))
  )));
}

/** Lay a stripe in every square of the cell whose quantity the unchanged run has otherwise. */
export function drawCellGhosts(canvas, snapshot) {
  const inspection = snapshot.unchanged?.inspection;
  const values = inspection ? valuesAt({ ...snapshot, inspection }) : {};
  drawStripes(canvas, [...canvas.querySelectorAll("[data-quantity]")].flatMap((group) => squares(group, values[group.dataset.quantity], group.dataset.quantity)));
}

/** The same for the history of one unit. */
export function drawHistoryGhosts(canvas, { unchanged, unit }) {
  const inspection = unchanged?.inspection;
  drawStripes(canvas, [...canvas.querySelectorAll("[data-quantity]")].flatMap((group) => {
    const { quantity } = group.dataset;
    return squares(group, inspection?.[quantity]?.map((values) => values[unit - 1]), quantity);
  }));
}

function units(group, snapshot, layer, step) {
  if (!snapshot.unchanged) return [];
  const before = hiddenState({ ...snapshot, epoch: snapshot.unchanged }, layer, step);
  return [...group.querySelectorAll("circle.unit")].map((dot, index) => ({ dot, value: before[index] })).filter(({ dot, value }) => differs(dot, value));
}

function squares(group, values, quantity) {
  if (!values) return [];
  const colour = quantity.endsWith("_gate") ? (value) => shade(quantity, value) : diverging;
  return [...group.querySelectorAll(".square")].map((square, index) => ({ square, value: values[index], colour }))
    .filter(({ square, value }) => value !== undefined && differs(square, value));
}

function differs(mark, value) {
  return Math.abs(Number(mark.dataset.value) - value) > SAME;
}

function drawRings(canvas, snapshot, rings) {
  const group = layer(canvas);
  join(group, "circle", rings, (ring, { dot, value }) => {
    const radius = Number(dot.getAttribute("r"));
    const thickness = Math.min(3, radius * 0.45);
    set(ring, {
      class: "ghost-ring", cx: dot.getAttribute("cx"), cy: dot.getAttribute("cy"), r: round(radius - thickness / 2 + Math.min(2, radius * 0.2)),
      "stroke-width": round(thickness), "data-value": value.toFixed(3), style: { stroke: diverging(value) },
    });
  });
}

function drawStripes(canvas, stripes) {
  join(layer(canvas), "rect", stripes, (stripe, { square, value, colour }) => {
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(square.getAttribute(name)));
    set(stripe, {
      class: "ghost-stripe", x, y: round(y + height * (1 - SHARE)), width, height: round(height * SHARE), style: { fill: colour(value) }, "data-value": value,
    });
  });
}

function layer(canvas) {
  return part(canvas.querySelector("svg"), "g", "ghosts", { class: "ghosts" });
}
