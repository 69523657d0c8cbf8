/** Be the LSTM: set the gates of one unit by hand, so that it latches, counts or resets. */

import { decimal, filled, signed } from "../format.js";
import { part } from "../svg.js";
import { buttonsField } from "./fields.js";
import { drawGateGrid, drawMarks } from "./gate_grid.js";
import { forward, GATES, judged } from "./hand_cell.js";
import { drawHandInput, drawHandStates } from "./hand_roll.js";
import { drawStageTable } from "./stage_table.js";

const LEVELS = ["worked", "half", "blank"];
const LEAST_WIDTH = 600; // pixels; on a narrower screen the roll scrolls
const DIGITS = "0123456789A"; // a gate's value in tenths, in the address

export const experiment = {
  open(root, context, change) {
    const { strings, stage, data } = context;
    let { task, level, gates } = read(change, data);
    let step = 1; // the time step that is explained

    function choose(chosen) {
      ({ task, level } = { task, level, ...chosen });
      gates = startOf(data.tasks[task], level);
      change = write(task, level, gates);
      context.change(change);
    }

    function setGate(gate, index, value, settled) {
      gates = { ...gates, [gate]: gates[gate].with(index, value) };
      change = write(task, level, gates);
      context.change(change, { settled });
    }

    return {
      update() {
        const asked = data.tasks[task];
        const passed = forward(asked.input, gates, data.weight);
        const verdict = judged(asked, gates, data);
        const sentence = said(verdict, asked, strings);
        drawChoices(root, { task, level, data, strings }, choose);
        drawStage(stage, { asked, gates, passed, verdict, level, step, strings, tolerance: data.tolerance }, {
          set: setGate, pointed: (number) => { if (number !== step) { step = number; context.redraw(); } }, redraw: context.redraw,
        });
        if (level === "worked" || change === "") context.say(level === "worked" ? strings.said_worked : sentence);
        else context.outcome({ right: verdict.score, time_steps: asked.input.length }, sentence);
        return null;
      },
      restore(text) {
        change = text;
        ({ task, level, gates } = read(text, data));
      },
      close() { stage.replaceChildren(); },
    };
  },
};

function drawChoices(root, { task, level, data, strings }, choose) {
  const tasks = Object.entries(data.tasks).map(([id, { title }]) => [id, title]);
  buttonsField(root, "task", { label: strings.task_name, options: tasks, value: task }, (id) => choose({ task: id }));
  part(root, "p", "goal", { class: "goal", text: data.tasks[task].goal });
  buttonsField(root, "level", { label: strings.level_name, options: LEVELS.map((id) => [id, strings[`level_${id}`]]), value: level },
    (id) => choose({ level: id }));
}

function drawStage(stage, { asked, gates, passed, verdict, level, step, strings, tolerance }, { set, pointed, redraw }) {
  const roll = part(stage, "div", "roll", { class: "roll", tabindex: "0", role: "region", "aria-label": strings.roll_name });
  const inner = Math.max(roll.clientWidth, LEAST_WIDTH);
  const left = 150;
  const label = filled(strings.input_label, { values: asked.input.map((value) => decimal(value, 1)).join("; ") });
  drawHandInput(part(roll, "div", "input", { class: "roll__picture roll__picture--input" }), asked, { width: inner, left, label, strings });
  const locked = level === "worked" ? GATES : level === "half" ? asked.given : [];
  drawGateGrid(part(roll, "div", "gates", { class: "gates" }), gates, { strings, locked, set, pointed });
  drawMarks(part(roll, "div", "marks", { class: "gates__row gates__row--marks" }), verdict.right, { strings, step });
  const states = part(roll, "div", "states", { class: "roll__picture roll__picture--states" });
  drawHandStates(states, { wanted: asked.wanted, passed }, {
    width: inner, height: states.clientHeight, left, tolerance, strings, label: filled(strings.states_label, { right: verdict.score, all: asked.input.length }),
  });
  part(stage, "p", "explained", { class: "roll__explained", text: explained(step, asked, gates, passed, strings) });
  drawStageTable(stage, strings.table_title,
    [strings.table_step, strings.reads, ...GATES.map((gate) => strings[gate]), strings.candidate, strings.cell_state, strings.wanted, strings.hidden_state, strings.wanted],
    asked.input.map((value, index) => [
      String(index + 1), signed(value, 1), ...GATES.map((gate) => decimal(gates[gate][index], 1)),
      ...[passed.candidate, passed.cell_state, asked.wanted.cell_state, passed.hidden_state, asked.wanted.hidden_state].map((values) => decimal(values[index], 3)),
    ]), redraw);
}

/** Say what the gates do at `step`, with the numbers. */
function explained(step, { input }, gates, { candidate, cell_state, hidden_state }, strings) {
  const index = step - 1;
  const numbers = { before: index === 0 ? 0 : cell_state[index - 1], candidate: candidate[index], now: cell_state[index], shown: hidden_state[index] };
  const opened = Object.fromEntries(GATES.map((gate) => [gate, decimal(gates[gate][index], 1)]));
  return filled(strings.explained, {
    step, read: signed(input[index], 1), ...opened, ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, decimal(value)])),
  });
}

/** Say in one sentence how well the gates do, and where and why they first fail. */
function said({ score, first }, { input }, strings) {
  const all = input.length;
  if (first === null) return filled(strings.said_right, { all });
  const { step, gate, too, value, wanted, quantity } = first;
  const words = { score, all, step, state: strings[quantity], value: decimal(value), wanted: decimal(wanted) };
  return filled(strings[`said_${gate}_${too}`], words);
}

function startOf(task, level) {
  const blank = task.input.map(() => 0);
  return Object.fromEntries(GATES.map((gate) => {
    const isSet = level === "worked" || (level === "half" && task.given.includes(gate));
    return [gate, isSet ? [...task.gates[gate]] : blank];
  }));
}

function write(task, level, gates) {
  const rows = GATES.map((gate) => `${gate}=${gates[gate].map((value) => DIGITS[Math.round(value * 10)]).join("")}`);
  return [`task=${task}`, `level=${level}`, ...rows].join(";");
}

/** Return what `change` says; what it does not say, or what no task has, begins anew. */
function read(change, data) {
  const said = Object.fromEntries(change.split(";").map((pair) => pair.split("=")));
  const task = said.task in data.tasks ? said.task : Object.keys(data.tasks)[0];
  const level = LEVELS.includes(said.level) ? said.level : LEVELS[0];
  const gates = startOf(data.tasks[task], level);
  for (const gate of GATES) {
    const values = [...(said[gate] ?? "")].map((digit) => DIGITS.indexOf(digit) / 10);
    if (values.length === gates[gate].length && values.every((value) => value >= 0)) gates[gate] = values;
  }
  return { task, level, gates };
}
