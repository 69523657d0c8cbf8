/** The page's controls: tell the page what was asked for, and show what is so. */

import { filled, decimal, significant, whole } from "./format.js";
import { showOwnText } from "./own_text.js";
import { SPEEDS } from "./player.js";

const STRUCTURE = { layers: [1, 5], units: [4, 32] };

/** Connect the controls inside `root` to `asked`: {setting(name, value), structure(name, by), choice(name, value, sameEpoch), speed(index)}. */
export function connectControls(root, asked) {
  for (const input of root.querySelectorAll("[data-setting]")) {
    const name = input.dataset.setting;
    // While the thumb is held only the number follows; the run changes once, when it is let go.
    input.addEventListener("input", () => {
      if (name === "speed") asked.speed(Number(input.value));
      else showSetting(root, name, valueOf(input));
    });
    if (name !== "speed") input.addEventListener("change", () => asked.setting(name, valueOf(input)));
  }
  for (const button of root.querySelectorAll("[data-change]")) {
    const { change, by } = button.dataset;
    button.addEventListener("click", () => asked.structure(change, Number(by)));
  }
  for (const radio of root.querySelectorAll("input[name=data]")) {
    radio.addEventListener("change", () => asked.choice("data", radio.value));
  }
  for (const cell of root.querySelectorAll('[data-choice="cell"]')) {
    cell.addEventListener("change", () => asked.choice("cell", cell.value, "sameEpoch" in cell.dataset));
  }
}

/** Call `follow(x)` with the pointer's horizontal position inside `canvas` while it is pressed. */
export function connectDragging(canvas, follow) {
  const report = (event) => follow(event.clientX - canvas.getBoundingClientRect().left);
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    report(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) report(event);
  });
}

/** Return `current` changed by `by`, within what the server accepts. */
export function changedStructure(name, current, by) {
  const [low, high] = STRUCTURE[name];
  return Math.min(high, Math.max(low, current + by));
}

/** Show epoch and time step, the settings in force, the network's structure, the data set and the speed. */
export function showControls(root, { run, settings, speedIndex, position, lengths, reached, strings }) {
  const epoch = root.querySelector('[data-role="epoch"]');
  epoch.max = reached;
  epoch.value = position.epoch;
  for (const step of root.querySelectorAll('[data-role="step"]')) {
    step.max = lengths.steps;
    step.value = position.step;
    step.setAttribute("aria-valuetext", filled(strings.step_text, { step: position.step }));
  }
  for (const [name, value] of Object.entries(settings)) {
    const input = root.querySelector(`[data-setting="${name}"]`);
    if (input.matches(":active")) continue; // held by the learner
    const shown = String(name === "learning_rate" ? Math.log10(value) : value);
    if (Math.abs(Number(input.value) - Number(shown)) > 0.005) input.value = shown;
    showSetting(root, name, value);
  }
  for (const [name, [low, high]] of Object.entries(STRUCTURE)) {
    root.querySelector(`[data-output="${name}"]`).textContent = run[name];
    for (const button of root.querySelectorAll(`[data-change="${name}"]`)) {
      // aria-disabled keeps the focus where it is when the end is reached.
      button.setAttribute("aria-disabled", String(run[name] === (Number(button.dataset.by) < 0 ? low : high)));
    }
  }
  for (const radio of root.querySelectorAll("input[name=data]")) radio.checked = radio.value === run.data;
  showOwnText(root, run);
  for (const cell of root.querySelectorAll('[data-choice="cell"]')) cell.value = run.cell;
  const speed = root.querySelector('[data-setting="speed"]');
  speed.value = speedIndex;
  const text = speedText(SPEEDS[speedIndex], strings);
  root.querySelector('[data-output="speed"]').textContent = text;
  speed.setAttribute("aria-valuetext", text);
  fill(speed);
}

/** Let the thumb of a range input travel between `from` and `to`, the ends of the scale that it stands under. */
export function align(input, from, to) {
  const thumb = 14;
  const edge = `${Math.round(from - thumb / 2)}px`;
  const width = `${Math.round(to - from + thumb)}px`;
  if (input.style.marginLeft !== edge) input.style.marginLeft = edge;
  if (input.style.width !== width) input.style.width = width;
}

/** Let the track of a range input be dark up to its thumb. */
function fill(input) {
  const share = (input.value - input.min) / (input.max - input.min || 1);
  input.style.setProperty("--fill", `${Math.round(share * 1000) / 10}%`);
}

function showSetting(root, name, value) {
  const input = root.querySelector(`[data-setting="${name}"]`);
  const text = { learning_rate: significant, batch_size: whole, noise: decimal }[name](value);
  root.querySelector(`[data-output="${name}"]`).textContent = text;
  input.setAttribute("aria-valuetext", text);
  fill(input);
}

function valueOf(input) {
  const value = Number(input.value);
  return input.dataset.setting === "learning_rate" ? Number((10 ** value).toPrecision(3)) : value;
}

function speedText(speed, strings) {
  if (speed > 1) return filled(strings.epochs_per_second, { epochs: whole(speed) });
  return filled(strings.seconds_per_epoch, { seconds: whole(1 / speed) });
}
