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
  if (Math.abs(Number(input.value) - value) > step / 2) input.value = value; // it stands on steps only
  input.style.setProperty("--fill", `${Math.round(((value - min) / (max - min)) * 1000) / 10}%`);
  part(field, "output", "text", { class: "field__value", for: `experiment-${name}`, text });
  input.oninput = () => moving(Number(input.value));
  input.onchange = () => moved(Number(input.value));
  return field;
}

/** Whole numbers from the first to the last, both between `min` and `max`: `chosen(first, last)`, in order. */
export function rangeField(root, name, { label, to, min, max, first, last }, chosen) {
  const field = set(named(root, name, label), { class: "field field--range" });
  const number = (place, value, attributes) => {
    const input = part(field, "input", place, { type: "number", min, max, step: 1, ...attributes });
    if (document.activeElement !== input) input.value = value; // what is being typed stays
    return input;
  };
  const start = number("value", first, { id: `experiment-${name}` });
  part(field, "label", "to", { class: "field__name", for: `experiment-${name}-to`, text: to });
  const end = number("end", last, { id: `experiment-${name}-to` });
  const read = (input) => Math.min(max, Math.max(min, Math.round(Number(input.value) || min)));
  for (const input of [start, end]) {
    input.onchange = () => {
      input.value = read(input);
      const other = input === start ? Math.max(read(start), read(end)) : Math.min(read(start), read(end));
      chosen(...(input === start ? [read(start), other] : [other, read(end)]));
    };
  }
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
