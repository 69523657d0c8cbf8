/** The controls of an experiment: native ones, each with its name, made once and then only brought up to date. */

import { join, part, set } from "../svg.js";

/** A choice of one: `options` are [[value, text]]; `chosen(value)` is called with a text. */
export function choiceField(root, name, { label, options, value, disabled = false }, chosen) {
  const field = named(root, name, label);
  const select = part(field, "select", "value", { id: `experiment-${name}`, disabled: disabled ? "" : null });
  join(select, "option", options, (option, [key, text]) => set(option, { value: key, text }));
  select.value = String(value);
  select.onchange = () => chosen(select.value);
  return field;
}

/** A number on a scale, as a slider: `moving(value)` while it is held, `moved(value)` when it is let go. */
export function sliderField(root, name, { label, min, max, step, value, text }, { moving, moved }) {
  const field = named(root, name, label);
  const input = part(field, "input", "value", { id: `experiment-${name}`, type: "range", min, max, step, "aria-valuetext": text });
  if (Number(input.value) !== value) input.value = value;
  input.style.setProperty("--fill", `${Math.round(((value - min) / (max - min)) * 1000) / 10}%`);
  part(field, "output", "text", { class: "field__value", for: `experiment-${name}`, text });
  input.oninput = () => moving(Number(input.value));
  input.onchange = () => moved(Number(input.value));
  return field;
}

/** A group of buttons of which one is pressed: `options` are [[value, text]]. */
export function buttonsField(root, name, { label, options, value }, chosen) {
  const field = part(root, "div", name, { class: "field", role: "group", "aria-label": label });
  part(field, "span", "name", { class: "field__name", text: label, "aria-hidden": "true" });
  const buttons = part(field, "div", "buttons", { class: "field__buttons" });
  join(buttons, "button", options, (button, [key, text]) => {
    set(button, { type: "button", class: "pill", "data-field": name, "data-value": key, "aria-pressed": String(key === value), text });
    button.onclick = () => chosen(key);
  });
  return field;
}

function named(root, name, label) {
  const field = part(root, "div", name, { class: "field" });
  part(field, "label", "name", { class: "field__name", for: `experiment-${name}`, text: label });
  return field;
}
