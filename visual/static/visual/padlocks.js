/** Padlocks on the gates of the cell's diagram: each opens the experiment that holds its gate, or holds and frees it there. */

import { BLOCKS } from "./experiments/cells.js";
import { filled } from "./format.js";
import { join, part, set } from "./svg.js";

const SIZE = 24; // px
const ASIDE = 0.39; // of the box's width, where it begins: between the unit's name and a value with its sign

/** Put a padlock on every gate drawn on `canvas`; experiments.js listens to them. */
export function drawPadlocks(canvas, snapshot, strings) {
  const gates = [...canvas.querySelectorAll("[data-quantity] rect.gate")]
    .map((box) => ({ box, name: box.closest("[data-quantity]").dataset.quantity }))
    .filter(({ name }) => BLOCKS[snapshot.run.cell].includes(name));
  join(part(canvas, "div", "padlocks", { class: "padlocks" }), "button", gates, (button, { box, name }) => {
    const at = (attribute) => Number(box.getAttribute(attribute));
    set(button, {
      type: "button", class: "padlock", "data-padlock": name, "aria-pressed": String(isHeld(snapshot, name)),
      "aria-label": filled(strings.padlock, { part: strings[name] }), title: filled(strings.padlock, { part: strings[name] }),
      style: { left: `${at("x") + at("width") * ASIDE}px`, top: `${at("y") + at("height") - SIZE - 2}px` },
    });
    part(button, "span", "picture", { class: "lock__picture", "aria-hidden": "true" });
  });
}

function isHeld({ change, layer }, name) {
  return Boolean(change?.question.some(([kind, what]) => kind === "clamp" && what.startsWith(`${name};layer=${layer};`)));
}
