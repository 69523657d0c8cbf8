/**
 * The sequence plot of a text: the characters that are read, those that are then predicted, and below them those that
 * really follow. Above, a column for each prediction: its most probable characters as bars with their probabilities.
 * The chosen one is filled, the one that follows is framed, a line across a bar is the previous epoch's probability.
 */

import { drawColumns, stepTicks, timeScale } from "./axes.js";
import { decimal, filled, shown } from "./format.js";
import { predictionsMade } from "./position.js";
import { checked, join, part, picture, round, set } from "./svg.js";

const defaults = {
  width: 640, height: 320, label: "", time_axis: null, axis_beside: false, padding_left: 44, padding_right: 14, tick_every: 5, strings: {},
};
const LINE = 17; // pixels between two lines of text
const ROW = 21; // pixels from one character of a column to the next
const MOST_ROWS = 6;
const HEAD = 18; // above a column's rows
const FAN = 16; // between the columns and the characters that they are about
const LETTER = 17; // the width of a character's frame
const LOW = 190; // a picture that is lower has no heads

/** Return the `count` most probable characters of prediction `index`, the one that follows always among them: [{symbol, probability}]. */
export function mostProbable({ sequence, epoch }, index, count) {
  const target = sequence.target[index];
  const chosen = epoch.prediction[index];
  const all = [...sequence.symbols].map((symbol, place) => ({ symbol, probability: epoch.probabilities[index][place] }));
  // Probabilities are rounded: of two that look alike, the chosen one stands first.
  all.sort((one, other) => other.probability - one.probability || (other.symbol === chosen) - (one.symbol === chosen));
  const top = all.slice(0, count);
  return count === 1 || top.some(({ symbol }) => symbol === target) ? top : [...top.slice(0, -1), all.find(({ symbol }) => symbol === target)];
}

/** Draw the text of `snapshot` and, as far as they are made, the predictions. */
export function drawCharacters(root, snapshot, options = {}) {
  const settings = checked(defaults, options, "drawCharacters");
  const { width, height, time_axis } = settings;
  const { lengths } = snapshot;
  const svg = picture(root, settings);
  const x = timeScale(lengths, settings);
  const bottom = height - (time_axis === null || settings.axis_beside ? 24 : 40);
  const place = { x, first: bottom - 2 * LINE - 10, bottom, pitch: x(2) - x(1) };
  part(svg, "rect", "input_window", {
    class: "input-window", x: round(x(1) - place.pitch / 2), y: round(place.first - LINE + 2), width: round(x(lengths.given) - x(1) + place.pitch),
    height: LINE + 4, rx: 4,
  });
  drawColumns(svg, {
    values: stepTicks(lengths, settings.tick_every), x, y: bottom, right: x(lengths.steps + 1), label: String, title: time_axis, beside: settings.axis_beside,
  });
  drawProbabilities(part(svg, "g", "probabilities"), snapshot, settings, place);
  drawText(svg, snapshot, settings, place);
}

/** What is read and predicted on one line, what follows and what was predicted before below the predictions. */
function drawText(svg, { sequence, epoch, previous, unchanged, position, lengths }, { strings }, { x, first, pitch }) {
  const made = predictionsMade(lengths, position);
  const { given } = lengths;
  const isBackward = position.phase === "backward";
  part(svg, "rect", "time_step", {
    class: isBackward ? "character-now character-now--backward" : "character-now",
    x: round(x(position.step) - Math.max(pitch, 14) / 2), y: round(first - LINE + 2), width: round(Math.max(pitch, 14)), height: LINE + 4, rx: 3,
  });
  const ghost = unchanged ? strings.unchanged : filled(strings.ghost, { epoch: position.epoch - 1 });
  const lines = [
    ["input", sequence.input, 1, first, ""],
    ["prediction", epoch.prediction.slice(0, made), given + 1, first, ""],
    ["target", sequence.target, given + 1, first + LINE + 1, strings.target],
    ["previous_prediction", previous?.prediction ?? "", given + 1, first + 2 * LINE, previous ? ghost : ""],
  ];
  for (const [name, text, from, y, title] of lines) {
    const group = part(svg, "g", name);
    part(group, "text", "name", { class: "answer-name answer-name--quiet", x: round(x(given + 1) - Math.max(pitch / 2, 9)), y: round(y), "text-anchor": "end", text: title });
    join(part(group, "g", "characters"), "text", [...text], (letter, symbol, index) => set(letter, {
      class: `character character--${name}${name === "prediction" && symbol !== sequence.target[index] ? " character--wrong" : ""}`,
      "data-value": symbol, x: round(x(from + index)), y: round(y), "text-anchor": "middle", text: shown(symbol),
    }));
  }
}

/** One column for each prediction, and a line from it down to its character; a low picture has the chosen characters alone. */
function drawProbabilities(group, snapshot, { height, width, padding_left, padding_right }, { x, first }) {
  const { position, lengths, sequence } = snapshot;
  const { given, predictions } = lengths;
  const made = predictionsMade(lengths, position);
  const left = padding_left - 30;
  const slot = (width - padding_right - left) / predictions;
  const head = height < LOW ? 2 : HEAD;
  const floor = first - LINE - (height < LOW ? 4 : FAN);
  const rows = Math.max(1, Math.min(MOST_ROWS, Math.floor((floor - head) / ROW), sequence.symbols.length));
  join(group, "g", Array.from({ length: predictions }), (column, _nothing, index) => {
    const start = left + slot * index;
    const step = given + 1 + index;
    const isNow = index === made - 1 && position.phase !== "backward";
    set(column, { "data-step": step });
    part(column, "text", "head", { class: "tick", x: round(start + 6), y: head - 8, text: height < LOW ? "" : step });
    part(column, "path", "fan", {
      class: isNow ? "fan fan--now" : "fan", d: `M${round(start)} ${Math.max(1, head - 14)}V${round(floor)}L${round(x(step))} ${round(first - LINE + 2)}`,
    });
    join(part(column, "g", "rows"), "g", index < made ? mostProbable(snapshot, index, rows) : [], (row, one, line) => {
      drawBar(row, snapshot, { ...one, index }, { start: start + 5, length: slot - 12, top: head + line * ROW });
    });
  });
}

function drawBar(row, { sequence, epoch, previous }, { symbol, probability, index }, { start, length, top }) {
  const isChosen = symbol === epoch.prediction[index];
  const isTarget = symbol === sequence.target[index];
  const before = previous?.probabilities?.[index][sequence.symbols.indexOf(symbol)];
  const chosen = (name) => (isChosen ? `${name} ${name}--chosen` : name);
  set(row, { "data-symbol": symbol, "data-chosen": isChosen ? "" : null, "data-target": isTarget ? "" : null });
  part(row, "rect", "frame", {
    class: "target-frame", x: round(start), y: top - 2, width: isTarget ? LETTER : 0, height: isTarget ? ROW - 4 : 0, rx: 3,
  });
  part(row, "text", "symbol", { class: isChosen ? "character character--prediction" : "character", x: round(start + LETTER / 2), y: top + 10, "text-anchor": "middle", text: shown(symbol) });
  part(row, "text", "number", {
    class: chosen("probability-number"), "data-value": probability, x: round(start + length), y: top + 11, "text-anchor": "end", text: decimal(probability),
  });
  part(row, "rect", "bar", { class: chosen("probability"), x: round(start), y: top + ROW - 5, width: round(Math.max(1, length * probability)), height: 3.5, rx: 1.5 });
  part(row, "rect", "previous_probability", {
    class: "probability-before", x: round(start + length * (before ?? 0) - 0.75), y: top + ROW - 6, width: before === undefined ? 0 : 1.5, height: 5.5,
  });
}
