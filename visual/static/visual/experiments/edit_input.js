/** Edit an input: move points of the sequence, and see how far through time and layers it is felt. */

import { decimal, filled, percent, signed, significant } from "../format.js";
import { part, set } from "../svg.js";
import { sliderField } from "./fields.js";
import { questionOf, readChange, writeChange } from "./questions.js";
import { drawResult, measured } from "./result.js";
import { drawRipple, heatRows, rippleScales } from "./ripple.js";
import { drawStageTable } from "./stage_table.js";

const REACH = 1.2; // how far up or down a value can be moved
const NUDGE = 0.05; // of an arrow key
const SAME = 0.006; // nearer than this to what it was, it is what it was
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, NUDGE], ArrowDown: [0, -NUDGE] };

export const experiment = {
  open(root, context, change) {
    const { strings, result, stage } = context;
    let edits = read(change); // time step → value
    let chosen = Math.max(1, ...edits.keys()); // the step that can be moved
    let shown = null; // the snapshot drawn last

    function move(step, value, settled = true) {
      const to = Math.min(REACH, Math.max(-REACH, Math.round(value * 100) / 100));
      chosen = step;
      edits = new Map(edits);
      if (Math.abs(to - shown.sequence.input[step - 1]) < SAME) edits.delete(step);
      else edits.set(step, to);
      context.change(write(edits), { settled });
    }

    function choose(step) {
      chosen = Math.min(shown.lengths.given, Math.max(1, step));
      context.redraw();
    }

    /** Follow the pointer: it takes the point nearest in time, and moves it up and down. */
    function follow(event, { isNew, settled }) {
      const canvas = event.currentTarget;
      const box = canvas.getBoundingClientRect();
      const { stepAt, valueAt } = rippleScales(sizeOf(canvas), shown.lengths, heatRows(shown.run, null, strings).length);
      const at = Math.round(stepAt(event.clientX - box.left));
      if (isNew && (at < 1 || at > shown.lengths.given)) return false;
      move(isNew ? at : chosen, valueAt(event.clientY - box.top), settled);
      return true;
    }

    const pointer = {
      onpointerdown(event) {
        if (event.button !== 0) return;
        event.currentTarget.focus();
        if (follow(event, { isNew: true, settled: false })) event.currentTarget.setPointerCapture(event.pointerId);
      },
      onpointermove(event) {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event, { isNew: false, settled: false });
      },
      onpointerup(event) {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event, { isNew: false, settled: true });
      },
      onkeydown(event) {
        const [steps, by] = KEYS[event.key] ?? [0, 0];
        if (steps === 0 && by === 0) return;
        event.preventDefault();
        if (steps) choose(chosen + steps);
        else move(chosen, (edits.get(chosen) ?? shown.sequence.input[chosen - 1]) + by);
      },
    };

    return {
      update(snapshot) {
        shown = snapshot;
        const { sequence, lengths } = snapshot;
        chosen = Math.min(chosen, lengths.given);
        const inside = new Map([...edits].filter(([step]) => step <= lengths.given));
        const input = sequence.input.map((value, index) => inside.get(index + 1) ?? value);
        const text = write(inside);
        const answer = text === "" ? null : context.ask(questionOf(text), snapshot);
        drawFields(root, { chosen, input, sequence, strings }, { choose, move });
        drawStage(stage, { snapshot, input, answer, chosen, strings, pointer, redraw: context.redraw });
        drawResult(result, answer, { strings });
        if (answer) {
          const felt = feltOf(answer, lengths.given);
          context.outcome({ ...measured(answer), peak: felt.peak, left: felt.left }, sentence(answer, felt, lengths, strings));
        }
        return answer;
      },
      restore(text) {
        edits = read(text);
      },
      close() {
        stage.replaceChildren();
      },
    };
  },
};

function drawFields(root, { chosen, input, sequence, strings }, { choose, move }) {
  const value = input[chosen - 1];
  sliderField(root, "step", { label: strings.step_name, min: 1, max: input.length, step: 1, value: chosen, text: String(chosen) }, { moving: choose, moved: choose });
  sliderField(root, "value", { label: strings.value_name, min: -REACH, max: REACH, step: NUDGE, value, text: signed(value) }, {
    moving: (to) => move(chosen, to, false), moved: (to) => move(chosen, to),
  });
  const before = sequence.input[chosen - 1];
  const back = part(root, "button", "back", {
    type: "button", class: "pill", text: filled(strings.reset_value, { value: signed(before) }), "aria-disabled": String(value === before),
  });
  back.onclick = () => value !== before && move(chosen, before);
}

function drawStage(stage, { snapshot, input, answer, chosen, strings, pointer, redraw }) {
  part(stage, "p", "hint", { class: "stage__hint", id: "ripple-hint", text: strings.pad_hint });
  const canvas = part(stage, "div", "ripple", { class: "stage__picture ripple", tabindex: "0", role: "group", "aria-describedby": "ripple-hint" });
  const label = filled(strings.pad_label, { step: chosen, value: decimal(input[chosen - 1]) });
  set(canvas, { "aria-label": label });
  Object.assign(canvas, pointer);
  drawRipple(canvas, { snapshot, input, answer }, { ...sizeOf(canvas), chosen, label, strings });
  const rows = heatRows(snapshot.run, answer, strings).toReversed();
  const { lengths, sequence } = snapshot;
  drawStageTable(stage, strings.table_title, [strings.table_step, strings.read_before, strings.now_read, strings.unchanged, strings.changed, ...rows.map(({ name }) => name)],
    Array.from({ length: lengths.steps }, (_, index) => {
      const made = index - lengths.given + 1; // the prediction said at this step
      const said = (values) => (made >= 0 && values ? decimal(values[made], 3) : "–");
      const readAt = (values) => (index < lengths.given ? decimal(values[index]) : "–");
      return [String(index + 1), readAt(sequence.input), readAt(input), said(snapshot.epoch.prediction), said(answer?.prediction),
        ...rows.map(({ values }) => (answer ? decimal(values[index], 3) : "–"))];
    }), redraw);
}

/** Return at which step that is read all hidden states together changed most, and what share of it is left at the last one. */
function feltOf({ hidden_state_change }, given) {
  const all = Array.from({ length: given }, (_, step) => Math.hypot(...hidden_state_change.map((layer) => layer[step])));
  const most = Math.max(...all);
  return { peak: all.indexOf(most) + 1, left: most > 0 ? all.at(-1) / most : 0 };
}

function sentence(answer, { peak, left }, { given, predictions }, strings) {
  const { prediction_change } = measured(answer);
  const felt = peak === given ? strings.said_last : filled(strings.said_felt, { peak, given, left: percent(left) });
  const came = predictions > 1
    ? filled(strings.said_moved, { moved: significant(prediction_change, 2) })
    : filled(strings.said_answer, { after: decimal(answer.prediction[0]), before: decimal(answer.original_prediction[0]) });
  return `${felt} ${came}`;
}

function sizeOf(canvas) {
  return { width: canvas.clientWidth, height: canvas.clientHeight };
}

function read(change) {
  return new Map(readChange(change).filter(({ kind }) => kind === "input").map(({ what, value }) => [Number(what), Number(value)]));
}

/** Return the change of the address, and the question: empty where every value is as it was. */
function write(edits) {
  return writeChange([...edits].sort(([one], [other]) => one - other).map(([step, value]) => ({ kind: "input", what: step, value })));
}
