/** The state of the page in its URL: run, epoch, reached, step, phase, view, layer, unit, cell_step, beside, experiment. */

import { CELLS } from "./cells.js";
import { at, lengths } from "./position.js";
import { dataSetOf, LAST_EPOCH, parseRun, printRun } from "./runspec.js";

const CHANGE = /^[\w=;,.~-]*$/; // what an experiment may write
const VIEWS = ["network", "cell", "time"];

/**
 * Return the state that `search` (a query string) names; what it leaves out comes from `defaultRun`.
 * `dataSets` are those that the page can draw, with their lengths: {name: {given, predictions}}.
 */
export function readAddress(search, defaultRun, dataSets) {
  const query = new URLSearchParams(search);
  const run = parseRun(query.get("run") ?? defaultRun);
  const known = dataSetOf(run.data, dataSets);
  if (!known) throw new RangeError(`data=${run.data}`);
  const long = lengths(known.given, known.predictions);
  const epoch = within(query.get("epoch"), 0, LAST_EPOCH, 0);
  const backward = query.get("phase") === "backward";
  const last = backward ? long.given : long.steps;
  const step = within(query.get("step"), 1, last, last);
  return {
    run,
    position: backward ? { epoch, step, phase: "backward" } : at(long, epoch, step),
    reached: Math.max(epoch, within(query.get("reached"), 0, LAST_EPOCH, epoch)),
    view: VIEWS.includes(query.get("view")) ? query.get("view") : "network",
    layer: within(query.get("layer"), 1, run.layers, 1),
    unit: within(query.get("unit"), 1, run.units, 1),
    beside: query.get("beside") in CELLS && query.get("beside") !== run.cell ? query.get("beside") : null,
    cell_step: within(query.get("cell_step"), 0, CELLS[run.cell].steps.length, 0), // 0: all at once
    experiment: query.get("experiment") ? { id: query.get("experiment"), change: changeIn(query) } : null,
  };
}

/** Return the query string of `state`, readable: the run's own punctuation stays as it is. */
export function writeAddress({ run, position, reached, view, layer, unit, cell_step, beside, experiment }) {
  const pairs = [["run", printRun(run)], ["epoch", position.epoch]];
  if (reached > position.epoch) pairs.push(["reached", reached]);
  pairs.push(["step", position.step]);
  if (position.phase === "backward") pairs.push(["phase", "backward"]);
  if (view !== "network") pairs.push(["view", view]);
  if (view === "cell") pairs.push(["layer", layer], ["unit", unit]);
  if (view === "cell" && cell_step > 0) pairs.push(["cell_step", cell_step]);
  if (view === "time" && beside) pairs.push(["beside", beside]);
  if (experiment) pairs.push(["experiment", experiment.id]);
  if (experiment?.change) pairs.push(["change", experiment.change]);
  return `?${pairs.map(([name, value]) => `${name}=${value}`).join("&")}`;
}

function changeIn(query) {
  const change = query.get("change") ?? "";
  return CHANGE.test(change) ? change : "";
}

function within(text, low, high, otherwise) {
  const value = Number(text);
  if (text === null || text === "" || !Number.isInteger(value)) return otherwise;
  return Math.min(high, Math.max(low, value));
}
