/** Nudge a weight: the measured change of the loss beside gradient × nudge. */

import { difference, filled, significant } from "../format.js";
import { part, set } from "../svg.js";
import { BLOCKS } from "./cells.js";
import { choiceField, sliderField } from "./fields.js";
import { drawNudges } from "./nudges.js";
import { questionOf, readChange, writeChange } from "./questions.js";
import { drawResult, measured } from "./result.js";

const STOPS = [-1, -0.5, -0.2, -0.1, -0.05, -0.02, -0.01, 0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]; // of the slider
const MEASURED = [-1, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1]; // nudges of the picture
const WELL = 0.1; // foretold to within a tenth
const OUTPUT_LAYER = 0;
const FIRST = { layer: 1, unit: 1, source: "state:0", by: 0 };

export const experiment = {
  open(root, context, change) {
    const { strings, result } = context;
    let weight = read(change);

    function choose(chosen, settled = true) {
      weight = { ...weight, ...chosen };
      context.change(write(weight), { settled });
    }

    return {
      update(snapshot) {
        weight = fitted(weight, snapshot.run);
        drawFields(root, weight, snapshot.run, strings, choose);
        const ask = (by) => context.ask(questionOf(write({ ...weight, by })));
        const answer = weight.by === 0 ? null : context.ask(questionOf(write(weight)), snapshot);
        const slope = answer ?? ask(MEASURED.at(-1)); // any nudge tells the gradient
        const points = answer ? [...MEASURED.map(ask), answer].filter(Boolean) : [];
        drawNudges(part(result, "div", "nudges", { class: "nudges" }), {
          gradient: slope?.nudge.gradient ?? null, by: weight.by, points: points.map(({ nudge }) => nudge),
        }, { width: result.clientWidth, strings, label: answer ? sentence(answer.nudge, strings) : strings.line });
        drawResult(part(result, "div", "numbers"), answer, {
          strings, rows: answer && [
            [strings.weight, significant(answer.nudge.value), significant(answer.nudge.value + answer.nudge.by), difference(answer.nudge.by)],
            [strings.foretold, "", "", difference(answer.nudge.foretold)],
          ],
        });
        if (answer) {
          const { gradient, foretold } = answer.nudge;
          context.outcome({ ...measured(answer), gradient, foretold }, sentence(answer.nudge, strings));
        }
        return answer;
      },
      restore(text) {
        weight = text === "" ? { ...weight, by: 0 } : read(text);
      },
      close() {},
    };
  },
};

/** Say what happened, and how well the gradient foretold it. */
function sentence({ measured: change, foretold, by }, strings) {
  const well = Math.abs(change - foretold) <= WELL * Math.abs(foretold);
  const words = { by: difference(by), measured: difference(change), foretold: difference(foretold) };
  return filled(well ? strings.said_well : strings.said_apart, words);
}

function drawFields(root, weight, run, strings, choose) {
  const { layer, part: block, unit, source, by } = weight;
  const layers = Array.from({ length: run.layers }, (_, index) => [index + 1, filled(strings.layer, { layer: index + 1 })]);
  const units = numbered(run.units).map((number) => [number, filled(strings.unit, { unit: number })]);
  const isOutput = layer === OUTPUT_LAYER;
  choiceField(root, "layer", { label: strings.layer_name, options: [...layers, [OUTPUT_LAYER, strings.output_layer]], value: layer },
    (value) => choose({ layer: Number(value), by: 0 }));
  set(choiceField(root, "part", { label: strings.block, options: BLOCKS[run.cell].map((name) => [name, strings[name]]), value: block },
    (value) => choose({ part: value, by: 0 })), { hidden: isOutput ? "" : null });
  set(choiceField(root, "unit", { label: strings.unit_name, options: units, value: unit }, (value) => choose({ unit: Number(value), by: 0 })),
    { hidden: isOutput ? "" : null });
  choiceField(root, "source", { label: strings.source, options: sources(weight, run, strings), value: source },
    (value) => choose({ source: value, by: 0 }));
  const stop = STOPS.reduce((best, size, index) => (Math.abs(size - by) < Math.abs(STOPS[best] - by) ? index : best), 0);
  sliderField(root, "by", { label: strings.by, min: 0, max: STOPS.length - 1, step: 1, value: stop, text: difference(by) }, {
    moving: (index) => choose({ by: STOPS[index] }, false), moved: (index) => choose({ by: STOPS[index] }),
  });
}

/** Return where a weight of this layer can come from: [[source, words]]. */
function sources({ layer }, run, strings) {
  const states = (text, kind) => numbered(run.units).map((number) => [`${kind}:${number - 1}`, filled(text, { unit: number, layer: layer - 1 })]);
  if (layer === OUTPUT_LAYER) return [...states(strings.from_unit, "state"), ["bias", strings.bias]];
  const below = layer === 1 ? [["input:0", strings.from_input]] : states(strings.from_below, "input");
  return [...states(strings.from_before, "state"), ...below, ["bias", strings.bias]];
}

/** Return `weight` where this run has it, else the nearest that it has. */
function fitted(weight, run) {
  const layer = Math.min(weight.layer, run.layers);
  const block = BLOCKS[run.cell].includes(weight.part) ? weight.part : BLOCKS[run.cell][0];
  const [kind, from] = weight.source.split(":");
  const last = kind === "input" && layer === 1 ? 0 : run.units - 1;
  const source = kind === "bias" ? kind : `${kind === "input" && layer === OUTPUT_LAYER ? "state" : kind}:${Math.min(Number(from), last)}`;
  return { ...weight, layer, part: block, unit: Math.min(weight.unit, run.units), source };
}

function read(change) {
  const [asked] = readChange(change);
  if (asked?.kind !== "nudge") return FIRST;
  const { what, layer = OUTPUT_LAYER, part: block, unit = 0, from, by } = asked;
  const source = from === undefined ? "bias" : `${what === "input_weights" ? "input" : "state"}:${from}`;
  return { layer: Number(layer), part: block, unit: Number(unit) + 1, source, by: Number(by) || 0 };
}

/** Return the change of the address, and the question: empty where nothing is nudged. */
function write({ layer, part: block, unit, source, by }) {
  if (by === 0) return "";
  const [kind, from] = source.split(":");
  const place = layer === OUTPUT_LAYER ? { output: 0 } : { layer, part: block, unit: unit - 1 };
  const names = layer === OUTPUT_LAYER
    ? { state: "head_weights", bias: "head_bias" } : { input: "input_weights", state: "recurrent_weights", bias: "bias" };
  return writeChange([{ kind: "nudge", what: names[kind], ...place, ...(from === undefined ? {} : { from }), by }]);
}

function numbered(count) {
  return Array.from({ length: count }, (_, index) => index + 1);
}
