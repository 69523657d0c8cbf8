/** Compare two runs in step: the run on the screen, and another one that differs in what the learner chooses. */

import { Epochs } from "../epochs.js";
import { decimal, filled, significant } from "../format.js";
import { lengthsOf, predictionsMade } from "../position.js";
import { LAST_EPOCH, parseRun, printRun } from "../runspec.js";
import { part, set } from "../svg.js";
import { choiceField } from "./fields.js";
import { differences, readDifference, writeDifference } from "./run_difference.js";
import { drawStageTable } from "./stage_table.js";
import { drawTwoPredictions, NAMES } from "./two_runs.js";

const AHEAD = 10; // epochs that B is fetched before they are shown

export const experiment = {
  open(root, context, change) {
    const { strings, stage, page, data } = context;
    let field = "learning_rate"; // in which the next B is to differ
    let other = null; // the epochs of B
    let pair = null; // the last epoch that both have
    let spec = ""; // of A, as it was when B was named

    function choose(run) {
      change = writeDifference(page.state.run, run);
      context.change(change);
    }

    /** Have B's epochs at hand, or none where the address names no B. */
    function follow(run, epoch, reached) {
      const wanted = change === "" ? null : beside(run);
      if (wanted === null || printRun(wanted) === printRun(run)) return forget();
      if (other?.spec !== printRun(wanted)) {
        forget();
        other = Object.assign(new Epochs(page.api, wanted), { asked: -1 });
      }
      const mine = other;
      const goal = Math.min(Math.max(epoch + AHEAD, reached), LAST_EPOCH);
      if (mine.asked >= goal) return mine;
      mine.asked = goal; // asked once: what has arrived is drawn, and what is drawn asks for nothing more
      const arrived = () => mine === other && context.redraw();
      const failed = (error) => error.name !== "AbortError" && context.trouble(error);
      mine.load(epoch).then(arrived, failed);
      mine.loadThrough(goal, arrived).catch(failed);
      return mine;
    }

    function beside(run) {
      try {
        return readDifference(run, change);
      } catch (error) {
        context.trouble(error);
        return null;
      }
    }

    function forget() {
      other?.close();
      other = null;
      pair = null;
      return null;
    }

    return {
      update(snapshot) {
        const { run, epoch, position, sequence } = snapshot;
        if (spec !== printRun(run)) pair = null;
        spec = printRun(run);
        const reached = page.state.reached;
        follow(run, position.epoch, reached);
        const differing = other ? differences(run, other.run) : [];
        const names = (name) => data.fields[name]?.title ?? name;
        drawControls(root, { run, field, differing, other, data, strings }, {
          field: (name) => { field = name; context.redraw(); },
          value: (value) => choose({ ...run, [field]: typeof run[field] === "string" ? value : Number(value) }),
          address: (text) => choose(runOf(text, run, strings)),
          swap: () => context.visit({ run: other.run, epoch: position.epoch, change: writeDifference(other.run, run) }),
          trouble: context.trouble,
        });
        if (other?.has(position.epoch)) {
          pair = { position, runs: [{ epoch }, { epoch: other.get(position.epoch) }] };
        }
        const words = differing.map(([name, one, two]) => filled(strings.differs, {
          name: names(name), one: shown(one, strings), other: shown(two, strings),
        })).join("; ");
        const sentence = pair && other ? said(pair, words, strings) : "";
        drawStage(stage, { sequence, lengths: lengthsOf(sequence), pair: other && pair, differing, names, sentence, strings }, context.redraw);
        if (sentence) context.outcome(numbersOf(pair, sequence), sentence);
        else context.say("");
        return null;
      },
      /** The loss card shows both. */
      beside: (snapshot) => (other ? { ...snapshot, other_losses: other.losses(page.state.reached) } : snapshot),
      restore(text) { change = text; },
      close() {
        forget();
        stage.replaceChildren();
      },
    };
  },
};

function drawControls(root, { run, field, differing, other, data, strings }, asked) {
  choiceField(root, "field", { label: strings.differs_in, options: Object.entries(data.fields).map(([name, { title }]) => [name, title]), value: field }, asked.field);
  const now = other?.run[field] ?? run[field];
  const values = [...new Set([...data.fields[field].values, run[field], now])];
  if (typeof run[field] === "number") values.sort((one, two) => one - two);
  const isB = other !== null && now !== run[field];
  choiceField(root, "value", {
    label: strings.value_of_b, value: isB ? now : "",
    options: [["", strings.choose], ...values.filter((value) => value !== run[field]).map((value) => [value, shown(value, strings)])],
  }, (value) => value !== "" && asked.value(value));
  const form = part(root, "form", "address", { class: "field field--address" });
  const label = part(form, "label", "label", { class: "field__name" });
  part(label, "span", "name", { text: strings.address_name });
  const input = part(label, "input", "value", { type: "text", name: "address", autocomplete: "off", spellcheck: "false" });
  part(form, "button", "go", { type: "submit", class: "pill", text: strings.address_go });
  form.onsubmit = (event) => {
    event.preventDefault();
    try {
      asked.address(input.value);
    } catch (error) {
      asked.trouble(error);
    }
  };
  const swap = part(root, "button", "swap", { type: "button", class: "pill", text: strings.swap, hidden: other ? null : "" });
  swap.onclick = asked.swap;
  part(root, "p", "same", { class: "compare__same", hidden: other ? null : "", text: other ? filled(strings.all_else, { words: sameIn(run, differing, data, strings) }) : "" });
}

function drawStage(stage, { sequence, lengths, pair, differing, names, sentence, strings }, redraw) {
  set(part(stage, "p", "empty", { class: "stage__empty", text: strings.empty }), { hidden: pair ? "hidden" : null });
  const pictures = part(stage, "div", "pictures", { class: "stage__pair", hidden: pair ? null : "" });
  if (!pair) return;
  const [one, two] = pair.runs;
  const heads = part(pictures, "p", "named", { class: "two__named" });
  part(heads, "span", "epoch", { class: "card__title", text: filled(strings.predictions_title, { epoch: one.epoch.epoch }) });
  NAMES.forEach((name, index) => {
    const line = part(heads, "span", name, { class: `two__key two__key--${name}` });
    part(line, "b", "name", { text: name });
    part(line, "span", "values", { text: ` ${differing.map((each) => `${names(each[0])} ${shown(each[index + 1], strings)}`).join(", ")}` });
  });
  const canvas = part(pictures, "div", "picture", { class: "stage__picture" });
  drawTwoPredictions(canvas, { sequence, lengths, runs: pair.runs }, {
    width: canvas.clientWidth, height: canvas.clientHeight, strings, made: predictionsMade(lengths, pair.position), label: sentence,
  });
  drawStageTable(stage, strings.table_title,
    [strings.table_step, strings.table_target, ...NAMES.map((name) => filled(strings.prediction_of, { name }))],
    sequence.target.map((target, index) => [
      String(lengths.given + 1 + index), ...[target, one.epoch.prediction[index], two.epoch.prediction[index]].map((value) => decimal(value, 3)),
    ]), redraw);
}

/** Return in words what is the same in both runs. */
function sameIn(run, differing, data, strings) {
  const same = Object.entries(data.fields).filter(([name]) => !differing.some(([other]) => other === name));
  return same.map(([name, { title }]) => `${title} ${shown(run[name], strings)}`).join(", ");
}

/** Return the measured numbers: both validation losses, and both mean squared errors of the shown prediction. */
function numbersOf({ runs: [one, two] }, { target }) {
  const error = ({ epoch }) => target.reduce((sum, value, index) => sum + (epoch.prediction[index] - value) ** 2, 0) / target.length;
  return { loss: one.epoch.validation_loss, other_loss: two.epoch.validation_loss, error: error(one), other_error: error(two) };
}

function said({ runs: [one, two] }, words, strings) {
  const [first, second] = [one.epoch.validation_loss, two.epoch.validation_loss];
  const times = Math.max(first, second) / Math.min(first, second);
  return filled(first === second ? strings.said_equal : strings.said_apart, {
    epoch: one.epoch.epoch, one: significant(first), other: significant(second), words,
    higher: first > second ? "A" : "B", lower: first > second ? "B" : "A", times: significant(times, times < 2 ? 3 : 2),
  });
}

/** Return the run of an address, which may be a run's own or a whole page's; throws where it cannot be compared. */
function runOf(text, run, strings) {
  const query = text.includes("run=") ? new URLSearchParams(text.slice(text.indexOf("?") + 1)).get("run") : text;
  const other = parseRun(query.trim());
  if (other.data !== run.data) throw new RangeError(strings.other_data);
  if (printRun(other) === printRun(run)) throw new RangeError(strings.same_run);
  return other;
}

function shown(value, strings) {
  if (value === undefined || value === "") return strings.none;
  return typeof value === "number" ? significant(value) : strings[`value_${value}`] ?? value;
}
