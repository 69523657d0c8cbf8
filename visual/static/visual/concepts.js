/**
 * The panel of explanations beside the picture: one concept at a time, in the curriculum's order, and back to
 * where the learner came from when it closes.
 */

import { deeperParts } from "../survey/deeper.js";

/** Wire the panel in `root` and every button with `data-explain`; `record(kind, data)` says what is opened and closed. */
export function concepts(root, record) {
  const panel = root.querySelector("[data-concepts]");
  const choice = panel.querySelector("[data-concepts-choice]");
  const texts = new Map(
    [...panel.querySelectorAll("[data-concept-text]")].map((text) => [text.dataset.conceptText, text]),
  );
  const order = [...texts.keys()];
  const buttons = [...root.querySelectorAll("[data-explain]")];
  let cameFrom = null;
  deeperParts(panel, {
    opened: (concept) => record("deeper_opened", { concept }), closed: (concept) => record("deeper_closed", { concept }),
  });

  for (const button of buttons) {
    if (!texts.has(button.dataset.explain)) throw new Error(`no such concept: ${button.dataset.explain}`);
    button.addEventListener("click", () => {
      cameFrom = button;
      if (!panel.hidden && choice.value === button.dataset.explain) close();
      else open(button.dataset.explain);
    });
  }
  root.addEventListener("explain", (event) => {
    cameFrom = event.detail.from;
    open(event.detail.concept);
  });
  root.addEventListener("beside", (event) => {
    if (event.detail === "concepts" || panel.hidden) return;
    cameFrom = null;
    close();
  });
  choice.addEventListener("change", () => open(choice.value));
  panel.querySelector("[data-concepts-close]").addEventListener("click", close);
  panel.addEventListener("click", (event) => {
    const link = event.target.closest("[data-related]");
    if (!link) return;
    event.preventDefault(); // it is in this panel, and the address holds the state of the picture
    open(link.dataset.related);
    panel.querySelector("[data-concepts-text]").focus();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation(); // it closes the panel, and not the view behind it too
    close();
  });
  for (const step of panel.querySelectorAll("[data-concepts-by]")) {
    step.addEventListener("click", () => {
      open(order[order.indexOf(choice.value) + Number(step.dataset.conceptsBy)]);
      panel.querySelector("[data-concepts-text]").focus();
    });
  }

  function open(id) {
    const wasHidden = panel.hidden;
    for (const [each, text] of texts) text.hidden = each !== id;
    choice.value = id;
    root.dispatchEvent(new CustomEvent("beside", { detail: "concepts" })); // what stood there makes room
    panel.hidden = false;
    root.toggleAttribute("data-beside", true);
    panel.querySelector("[data-concepts-text]").scrollTop = 0;
    const number = order.indexOf(id) + 1;
    const place = panel.querySelector("[data-concepts-place]");
    place.textContent = place.dataset.text.replace("{number}", number).replace("{all}", order.length);
    for (const step of panel.querySelectorAll("[data-concepts-by]")) {
      step.disabled = order[number - 1 + Number(step.dataset.conceptsBy)] === undefined;
    }
    mark(id);
    if (wasHidden) panel.querySelector("#concepts-title").focus();
    record("concept_opened", { concept: id });
  }

  function close() {
    panel.hidden = true;
    root.toggleAttribute("data-beside", false);
    mark(null);
    record("concept_closed", { concept: choice.value });
    cameFrom?.focus();
  }

  function mark(id) {
    for (const button of buttons) button.setAttribute("aria-expanded", String(button.dataset.explain === id));
  }
}
