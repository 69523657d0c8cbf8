/** Predict, then reveal: draw the next stretch of a curve, or mark when a gate closes or opens; then the truth is shown. */

import { decimal, filled } from "../format.js";
import { parseRun } from "../runspec.js";
import { join, part, set } from "../svg.js";
import { drawPad, padScales } from "./drawing_pad.js";
import { meanDistance, misses, readGuess, stepsIn, stroked, writeGuess } from "./guess.js";
import { nextPrompt, outcomes, remember, successes } from "./prediction_log.js";
import { drawStageTable } from "./stage_table.js";
import { drawStepMarks } from "./step_marks.js";

export const experiment = {
  open(root, context, change) {
    const { strings, stage, data, page } = context; // data: see visual/experiments/predictions.py
    const { prompts, fading } = data;
    let guess = readGuess(change, prompts);
    let stroke = null; // the last point of the stroke that is being drawn
    let shown = null; // the prompt whose question was recorded last
    let logged = guess?.revealed ? writeGuess(guess) : ""; // the guess that was recorded last
    if (guess === null) requestAnimationFrame(() => ask(nextPrompt(prompts, fading) ?? prompts[0]));

    /** Go to the network that `prompt` asks about, where it has read its input and said nothing yet. */
    function ask(prompt) {
      context.visit({ run: parseRun(prompt.run), epoch: prompt.epoch, change: `prompt=${prompt.id}` });
    }

    function say(changed, settled = true) {
      guess = { ...guess, ...changed };
      context.change(writeGuess(guess), { settled });
    }

    /** Record a guess once, when its truth is shown. */
    function log(prompt, { success, numbers }) {
      const text = writeGuess(guess);
      if (text === logged) return;
      logged = text;
      const answer = (prompt.kind === "curve" ? guess.values : guess.marked).join(" ");
      page.record("prediction_made", { prompt: prompt.id, answer, error: numbers.error, success: Number(success) });
    }

    function skip(prompt) {
      remember(prompt.id, false);
      page.record("prompt_skipped", { prompt: prompt.id });
      say({ skipped: true });
    }

    /** Draw to the pointer: it may skip time steps, which then lie on a straight line. */
    function draw(event, prompt) {
      const canvas = event.currentTarget;
      const box = canvas.getBoundingClientRect();
      const { stepAt, valueAt } = padScales({ width: canvas.clientWidth, height: canvas.clientHeight, last: prompt.steps[1] });
      const index = Math.min(guess.values.length - 1, Math.max(0, Math.round(stepAt(event.clientX - box.left)) - prompt.steps[0]));
      const point = [index, Math.min(1, Math.max(-1, valueAt(event.clientY - box.top)))];
      const values = stroked(guess.values, stroke, point);
      stroke = point;
      say({ values }, false);
    }

    return {
      update(snapshot) {
        const prompt = guess && prompts.find(({ id }) => id === guess.id);
        const isHere = prompt && page.epochs.spec === prompt.run && snapshot.position.epoch === prompt.epoch;
        drawElsewhere(stage, { prompt, isHere, strings }, ask);
        if (!isHere) {
          drawList(root, { guess, data, strings }, ask);
          return null;
        }
        if (shown !== prompt.id) {
          shown = prompt.id;
          page.record("prompt_shown", { prompt: prompt.id });
        }
        const truth = guess.revealed || guess.skipped ? truthOf(prompt, snapshot, context.inspection) : null;
        const judged = truth && guess.revealed ? judge(prompt, guess, truth, data) : null;
        if (stage.dataset.asked !== prompt.id) stage.replaceChildren();
        stage.dataset.asked = prompt.id;
        drawQuestion(stage, { prompt, guess, truth, strings }, {
          reveal: () => say({ revealed: true }), skip: () => skip(prompt), next: () => ask(following(prompts, prompt, fading)),
        });
        const answering = { prompt, guess, snapshot, truth, data, strings, redraw: context.redraw };
        if (prompt.kind === "curve") drawCurve(stage, answering, {
          down: (event) => { if (event.button === 0 && !guess.revealed) { event.currentTarget.setPointerCapture(event.pointerId); stroke = null; draw(event, prompt); } },
          move: (event) => { if (event.currentTarget.hasPointerCapture(event.pointerId) && !guess.revealed) draw(event, prompt); },
          up: () => { if (stroke) { stroke = null; say({}); } },
          value: (index, value) => say({ values: guess.values.with(index, value) }),
        });
        else drawMarks(stage, answering, (step) => say({
          marked: guess.marked.includes(step) ? guess.marked.filter((each) => each !== step) : [...guess.marked, step].sort((one, other) => one - other),
        }));
        if (judged) {
          remember(prompt.id, judged.success);
          log(prompt, judged);
          context.say(sentenceOf(prompt, guess, judged, strings));
        } else context.say(truth ? strings.said_skipped : "");
        drawList(root, { guess, data, strings }, ask);
        return null;
      },
      restore(text) {
        guess = readGuess(text, prompts) ?? (guess && { ...readGuess(`prompt=${guess.id}`, prompts) });
      },
      close() { stage.replaceChildren(); },
    };
  },
};

/** Return what is asked for, as the network does it: {prediction, target} of the steps, or {gate, answer}; null while unknown. */
function truthOf(prompt, { sequence, epoch, lengths }, inspection) {
  const [first, last] = prompt.steps;
  if (prompt.kind === "curve") {
    const stretch = (values) => values.slice(first - lengths.given - 1, last - lengths.given);
    return { prediction: stretch(epoch.prediction), target: stretch(sequence.target), judged: prompt.truth };
  }
  const inside = inspection(prompt.layer);
  const ofUnit = (name) => inside[name].map((units) => units[prompt.unit - 1]);
  return inside && { gate: ofUnit(prompt.gate), cell_state: ofUnit("cell_state") };
}

/** Return whether a guess is a success, and the measured numbers. */
function judge(prompt, guess, truth, { open_from }) {
  if (prompt.kind === "curve") {
    const error = meanDistance(guess.values, truth[prompt.truth]);
    const success = error <= prompt.success;
    return { success, numbers: { error, at_most: prompt.success, success: Number(success), network_error: meanDistance(truth.prediction, truth.target) } };
  }
  const answer = stepsIn(truth.gate, prompt, open_from);
  const error = misses(guess.marked, answer);
  const success = error <= prompt.success;
  return { success, answer, numbers: { error, at_most: prompt.success, success: Number(success) } };
}

function sentenceOf(prompt, { marked }, { success, numbers, answer }, strings) {
  const verdict = success ? strings.success : strings.no_success;
  if (prompt.kind === "gate") return `${filled(strings[`said_${prompt.state}`], { error: numbers.error, marked: marked.join(", ") || "–", answer: answer.join(", ") })} ${verdict}`;
  const said = filled(strings[`said_${prompt.truth}`], { error: decimal(numbers.error), network_error: decimal(numbers.network_error), at_most: decimal(numbers.at_most) });
  return `${said} ${verdict}`;
}

function following(prompts, prompt, fading) {
  const asked = nextPrompt(prompts, fading);
  if (asked && asked.id !== prompt.id) return asked;
  return prompts[(prompts.findIndex(({ id }) => id === prompt.id) + 1) % prompts.length];
}

function drawList(root, { guess, data, strings }, ask) {
  const known = outcomes();
  join(part(root, "ol", "prompts", { class: "prompts" }), "li", data.prompts, (item, prompt) => {
    const button = part(item, "button", "ask", { type: "button", class: "prompts__one", "data-prompt": prompt.id, "aria-current": prompt.id === guess?.id ? "true" : null });
    part(button, "span", "title", { text: prompt.words.title });
    const done = prompt.id in known;
    part(button, "span", "state", { class: "prompts__state", role: done ? "img" : null, text: !done ? "" : known[prompt.id] ? "✓" : "✗", "aria-label": !done ? null : known[prompt.id] ? strings.succeeded : strings.failed });
    button.onclick = () => ask(prompt);
  });
  const faded = ["curve", "gate"].filter((kind) => successes(data.prompts, kind, known) >= data.fading).map((kind) => strings[`faded_${kind}`]);
  part(root, "p", "faded", { class: "prompts__faded", text: faded.join(" ") });
}

/** Where the learner has gone on to another network, the way back to the question. */
function drawElsewhere(stage, { prompt, isHere, strings }, ask) {
  for (const child of stage.children) if (child.dataset.part !== "elsewhere") child.hidden = !isHere;
  const elsewhere = part(stage, "div", "elsewhere", { class: "stage__empty", hidden: !prompt || isHere ? "" : null });
  part(elsewhere, "p", "text", { text: strings.elsewhere });
  part(elsewhere, "button", "back", { type: "button", class: "pill pill--strong", text: strings.back_to_question }).onclick = () => ask(prompt);
}

function drawQuestion(stage, { prompt, guess, truth, strings }, { reveal, skip, next }) {
  const head = part(stage, "div", "question", { class: "question" });
  const texts = part(head, "div", "texts", { class: "question__texts" });
  part(texts, "h2", "title", { class: "question__title", text: prompt.words.title });
  part(texts, "p", "text", { class: "question__text", text: truth ? prompt.words.revealed : prompt.words.question });
  const drawn = prompt.kind === "gate" || guess.values.every((value) => value !== null);
  const buttons = part(head, "div", "buttons", { class: "question__buttons" });
  part(buttons, "button", "skip", { type: "button", class: "pill", text: strings.skip, hidden: truth ? "" : null }).onclick = skip;
  part(buttons, "button", "reveal", {
    type: "button", class: "pill pill--strong", "aria-disabled": String(!truth && !drawn), text: truth ? strings.next_question : strings.reveal,
  }).onclick = () => { if (truth) next(); else if (drawn) reveal(); };
}

function drawCurve(stage, { prompt, guess, snapshot, truth, strings, redraw }, { down, move, up, value }) {
  const { input } = snapshot.sequence;
  const [first, last] = prompt.steps;
  const canvas = part(stage, "div", "pad", { class: "stage__picture pad", "data-revealed": truth ? "" : null });
  const known = guess.values.map((each, index) => `${first + index}: ${each === null ? "–" : decimal(each)}`).join("; ");
  drawPad(canvas, { input, drawn: guess.values }, {
    width: canvas.clientWidth, height: canvas.clientHeight, first, last, truth, strings, label: filled(strings.pad_label, { first, last, values: known }),
  });
  Object.assign(canvas, { onpointerdown: down, onpointermove: move, onpointerup: up, onpointercancel: up });
  const row = part(stage, "div", "values", { class: "pad__values", role: "group", "aria-label": strings.values_name });
  join(row, "label", guess.values, (label, each, index) => {
    set(label, { class: "pad__value" });
    part(label, "span", "step", { text: first + index });
    const field = part(label, "input", "value", {
      type: "number", min: -1, max: 1, step: 0.1, disabled: truth ? "" : null, "aria-label": filled(strings.value_at, { step: first + index }),
    });
    const text = each === null ? "" : String(each);
    if (field.dataset.known !== text) field.value = text; // else what is being typed stays, however often the page is drawn
    field.dataset.known = text;
    field.onchange = () => {
      if (field.value !== "") field.value = Math.min(1, Math.max(-1, Number(field.value)));
      value(index, field.value === "" ? null : Number(field.value));
    };
  });
  drawTruthTable(stage, truth && {
    heads: [strings.table_step, strings.line_drawn, strings.line_prediction, strings.line_target],
    rows: guess.values.map((each, index) => [String(first + index), ...[each, truth.prediction[index], truth.target[index]].map((number) => (number === null ? "–" : decimal(number, 3)))]),
  }, strings, redraw);
}

function drawMarks(stage, { prompt, guess, snapshot, truth, data, strings, redraw }, mark) {
  const { input } = snapshot.sequence;
  const canvas = part(stage, "div", "marks", { class: "marks", tabindex: "0", role: "region", "aria-label": strings.marks_name });
  drawStepMarks(canvas, { input, marked: guess.marked, answer: truth ? stepsIn(truth.gate, prompt, data.open_from) : [] }, {
    width: Math.max(canvas.clientWidth, 780), truth, gate: prompt.gate, state: prompt.state, mark, strings,
    label: filled(strings.marks_label, { values: input.map((value, index) => [index + 1, value]).filter(([, value]) => value !== 0).map((pair) => pair.join(": ")).join("; ") }),
  });
  drawTruthTable(stage, truth && {
    heads: [strings.table_step, strings.table_read, strings[prompt.gate], strings.cell_state],
    rows: truth.gate.map((value, index) => [String(index + 1), decimal(input[index], 1), decimal(value, 3), decimal(truth.cell_state[index], 3)]),
  }, strings, redraw);
}

/** What is hidden until it is revealed is not in a table either. */
function drawTruthTable(stage, table, strings, redraw) {
  if (table) drawStageTable(stage, strings.table_title, table.heads, table.rows, redraw);
  else stage.querySelector(':scope > [data-part="table"]')?.remove();
}
