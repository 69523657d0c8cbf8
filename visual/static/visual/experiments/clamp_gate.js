/** Clamp a gate: hold parts of a cell at a value while the rest goes on, and cut what arrives from the time step before. */

import { decimal, filled, significant, signed, difference } from "../format.js";
import { join, part, set } from "../svg.js";
import { BLOCKS, STATES } from "./cells.js";
import { choiceField, rangeField } from "./fields.js";
import { questionOf, readChange, writeChange } from "./questions.js";
import { drawResult, measured } from "./result.js";

const LITTLE = 0.02; // a prediction that moves by less has hardly moved
const ALL = "all";

export const experiment = {
  open(root, context, change) {
    const { strings, result } = context;
    let clamped = read(change);

    function choose(chosen, settled = true) {
      clamped = { ...clamped, ...chosen };
      context.change(write(clamped), { settled });
    }

    return {
      update(snapshot) {
        clamped = fitted(clamped, snapshot);
        drawGates(root, clamped, snapshot, strings, choose);
        drawCuts(root, clamped, snapshot, strings, choose);
        drawPlace(root, clamped, snapshot, strings, choose);
        const text = write(clamped);
        const answer = text === "" ? null : context.ask(questionOf(text), snapshot);
        drawResult(result, answer, { strings });
        if (answer) context.outcome(measured(answer), sentence(answer, snapshot, strings));
        return answer;
      },
      /** The padlock of a gate in the diagram of `layer` was pressed. */
      lock(name, layer) {
        if (clamped.first === null) return; // the run has not come yet
        const { [name]: held, ...others } = clamped.layer === layer ? clamped.values : {};
        choose({ layer, values: held === undefined ? { ...others, [name]: 0 } : others });
      },
      restore(text) {
        clamped = text === "" ? { ...clamped, values: {}, cuts: [] } : read(text);
      },
      close() {},
    };
  },
};

/** Say what came of it, in one sentence. */
function sentence(answer, { sequence }, strings) {
  const { prediction_change, ...numbers } = measured(answer);
  const little = Math.abs(prediction_change) < LITTLE;
  if (answer.prediction_change.length > 1 || typeof answer.prediction === "string") {
    return filled(little ? strings.said_little_moved : strings.said_moved, {
      moved: significant(prediction_change, 2), before: significant(numbers.original_loss), after: significant(numbers.loss), change: difference(numbers.loss_change),
    });
  }
  return filled(little ? strings.said_little_answer : strings.said_answer, {
    before: decimal(answer.original_prediction[0]), after: decimal(answer.prediction[0]), target: decimal(sequence.target[0]), change: signed(prediction_change),
  });
}

/** One row for each part that can be held: its padlock, and the value at which it is held. */
function drawGates(root, { values }, { run }, strings, choose) {
  const list = part(root, "div", "gates", { class: "locks", role: "group", "aria-label": strings.gates });
  join(list, "div", BLOCKS[run.cell], (row, name) => {
    const isHeld = name in values;
    const lowest = name.endsWith("_gate") ? 0 : -1;
    set(row, { class: "locks__row", "data-gate": name });
    const lock = part(row, "button", "lock", { type: "button", class: "pill lock", "aria-pressed": String(isHeld) });
    part(lock, "span", "picture", { class: "lock__picture", "aria-hidden": "true" });
    part(lock, "span", "name", { class: `hue-${name}`, text: strings[name] });
    lock.onclick = () => {
      const { [name]: held, ...others } = values;
      choose({ values: held === undefined ? { ...others, [name]: 0 } : others });
    };
    const hold = part(row, "span", "hold", { class: "locks__hold", hidden: isHeld ? null : "" });
    join(part(hold, "span", "ends", { class: "locks__ends" }), "button", lowest < 0 ? [0] : [0, 1], (button, value) => {
      set(button, {
        type: "button", class: "pill", "aria-pressed": String(values[name] === value), text: decimal(value, 0),
        "aria-label": filled(strings.hold_at, { part: strings[name], value: decimal(value, 0) }),
      });
      button.onclick = () => choose({ values: { ...values, [name]: value } });
    });
    const held = values[name] ?? 0;
    const slider = part(hold, "input", "value", {
      type: "range", min: lowest, max: 1, step: 0.05, "aria-valuetext": decimal(held), "aria-label": filled(strings.value_of, { part: strings[name] }),
    });
    if (Number(slider.value) !== held) slider.value = held;
    slider.style.setProperty("--fill", `${Math.round(((held - lowest) / (1 - lowest)) * 100)}%`);
    slider.oninput = () => choose({ values: { ...values, [name]: Number(slider.value) } }, false);
    slider.onchange = () => choose({ values: { ...values, [name]: Number(slider.value) } });
    part(hold, "output", "text", { class: "field__value", text: decimal(held) });
  });
}

/** A trained network routes around one held step by its other path: here each path from the step before can be cut. */
function drawCuts(root, { cuts }, { run }, strings, choose) {
  const group = part(root, "fieldset", "cuts", { class: "cuts" });
  part(group, "legend", "name", { class: "field__name", text: STATES[run.cell].length > 1 ? strings.cut_both : strings.cut_one });
  join(part(group, "div", "paths", { class: "cuts__paths" }), "label", STATES[run.cell], (label, state) => {
    set(label, { class: "cuts__path" });
    const box = part(label, "input", "value", { type: "checkbox", "data-cut": state });
    part(label, "span", "name", { text: strings[`${state}_path`] });
    box.checked = cuts.includes(state);
    box.onchange = () => choose({ cuts: box.checked ? [...cuts, state] : cuts.filter((each) => each !== state) });
  });
}

/** Where: layer, unit, time steps. */
function drawPlace(root, { layer, unit, first, last }, { run, lengths }, strings, choose) {
  const place = part(root, "div", "place", { class: "experiments__controls" });
  const numbered = (count, text) => Array.from({ length: count }, (_, index) => [index + 1, filled(text, { layer: index + 1, unit: index + 1 })]);
  set(choiceField(place, "layer", { label: strings.layer_name, options: numbered(run.layers, strings.layer), value: layer }, (value) => choose({ layer: Number(value) })),
    { hidden: run.layers === 1 ? "" : null });
  choiceField(place, "unit", { label: strings.unit_name, options: [[ALL, strings.all_units], ...numbered(run.units, strings.unit)], value: unit },
    (value) => choose({ unit: value === ALL ? ALL : Number(value) }));
  rangeField(place, "steps", { label: strings.first_step, to: strings.last_step, min: 1, max: lengths.steps, first, last },
    (from, to) => choose({ first: from, last: to }));
}

/** Return `clamped` where this run has it; before anything is chosen: the layer looked at, and all steps, or the silence. */
function fitted({ layer, unit, first, last, values, cuts }, { run, lengths, sequence, ...snapshot }) {
  const waits = lengths.predictions === 1;
  const end = last ?? (waits ? lengths.given - 1 : lengths.steps);
  const isThere = ([name]) => BLOCKS[run.cell].includes(name);
  return {
    layer: Math.min(layer ?? snapshot.layer, run.layers),
    unit: unit === ALL ? ALL : Math.min(unit, run.units),
    first: Math.min(first ?? (waits ? 2 : 1), lengths.steps),
    last: Math.min(end, lengths.steps),
    values: Object.fromEntries(Object.entries(values).filter(isThere)),
    cuts: cuts.filter((state) => STATES[run.cell].includes(state)),
  };
}

function read(change) {
  const clamped = { layer: null, unit: ALL, first: null, last: null, values: {}, cuts: [] };
  for (const { kind, what, layer, steps, units = ALL, value } of readChange(change)) {
    if (!["clamp", "cut"].includes(kind) || !steps) continue;
    const [first, last] = steps.split("-").map(Number);
    Object.assign(clamped, { layer: Number(layer), first, last });
    if (kind === "cut") clamped.cuts.push(what);
    else Object.assign(clamped, { unit: units === ALL ? ALL : Number(units) + 1, values: { ...clamped.values, [what]: Number(value) } });
  }
  return clamped;
}

/** Return the change of the address, and the question: empty where nothing is held or cut. */
function write({ layer, unit, first, last, values, cuts }) {
  const place = { layer, steps: `${first}-${last}` };
  return writeChange([
    ...Object.entries(values).map(([what, value]) => ({ kind: "clamp", what, ...place, units: unit === ALL ? ALL : unit - 1, value })),
    ...cuts.map((what) => ({ kind: "cut", what, ...place })),
  ]);
}
