/**
 * The guided tour: a card that points at one thing, says one thing, and notices when the learner has done it.
 * Its steps are data (visual/tutorial/); what the learner does reaches it as the interaction events of the page.
 */

import { spot } from "./tour_place.js";

const AGAIN = 300; // milliseconds
const STORED = "explornn.tour"; // the step on which the learner stands, until the tour ends

/**
 * Return `{ notice(kind, data) }`; `visit(query)` goes to an address of this page, `leave()` closes what stands in the
 * views' place, `record` logs.
 */
export function guidedTour(root, { visit, leave, record }) {
  const steps = JSON.parse(document.getElementById("visual-tour").textContent);
  const card = root.querySelector("[data-tour]");
  const part = (name) => card.querySelector(`[data-tour-${name}]`);
  const key = `${STORED}.${document.body.dataset.participant ?? "free"}`;
  const starters = root.querySelectorAll("[data-tour-start]");
  let index = -1;
  let done = false;
  let target = null;
  let timer = 0;
  let watched = null; // the step whose elements `drawn` observes
  let untouched = false; // until the learner does something more, what is still being drawn may move the card

  const drawn = new ResizeObserver(() => { if (index >= 0 && untouched) place(); });
  for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, () => (untouched = false), { capture: true, passive: true });
  for (const starter of starters) starter.addEventListener("click", () => open(0, true));
  part("next").addEventListener("click", () => (index + 1 < steps.length ? open(index + 1, true) : close()));
  part("back").addEventListener("click", () => open(index - 1, true));
  part("close").addEventListener("click", close);
  card.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation(); // it closes the tour, and not what lies behind it too
    close();
  });
  for (const kind of ["input", "click"]) {
    document.addEventListener(kind, (event) => {
      const selector = steps[index]?.waits_for?.[kind];
      if (selector && event.target.closest?.(selector)) finish();
    });
  }
  addEventListener("resize", () => { if (index >= 0) place(); });
  // What opens beside the picture moves what the card points at.
  root.addEventListener("beside", () => requestAnimationFrame(() => { if (index >= 0) place(); }));
  const [stored, wasDone] = (sessionStorage.getItem(key) ?? "-1").split(" ");
  if (steps[stored]) { // after a reload: where we were, as it was
    open(Number(stored), false);
    if (wasDone && !done) showDone();
  }

  return { notice };

  function notice(kind, data) {
    const wanted = steps[index]?.waits_for;
    if (wanted?.event !== kind) return;
    const fields = Object.entries(wanted).filter(([name]) => name !== "event");
    if (fields.every(([name, value]) => (typeof value === "number" ? data[name] >= value : data[name] === value))) finish();
  }

  function open(next, leap) {
    const wasOpen = index >= 0;
    index = next;
    untouched = true;
    const step = steps[index];
    done = !step.waits_for;
    sessionStorage.setItem(key, index);
    if (leap) step.address ? visit(step.address) : leave();
    card.hidden = false;
    for (const starter of starters) starter.hidden = true;
    part("chapter").textContent = step.chapter;
    const where = part("place");
    where.textContent = where.dataset.text.replace("{number}", index + 1).replace("{all}", steps.length);
    part("title").textContent = step.title;
    part("text").textContent = step.text;
    showConcepts(step.concepts);
    part("back").disabled = index === 0;
    showState();
    if (leap || !wasOpen) record("tutorial_step_shown", { step: step.id });
    // What the step points at may be drawn only after the visit.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      if (index !== next) return;
      place();
      if (leap) part("title").focus({ preventScroll: true });
    }));
  }

  function finish() {
    if (done) return;
    record("tutorial_step_done", { step: steps[index].id });
    showDone();
  }

  function showDone() {
    done = untouched = true; // what was done may draw something where the card stands, now or a moment later
    sessionStorage.setItem(key, `${index} done`);
    showState();
    place();
  }

  function close() {
    record("tutorial_closed", { step: steps[index].id });
    index = -1;
    sessionStorage.removeItem(key);
    card.hidden = true;
    target?.classList.remove("tour-target");
    for (const starter of starters) starter.hidden = false;
    [...starters].find((starter) => starter.offsetParent)?.focus();
  }

  function showState() {
    const state = part("state");
    const waits = Boolean(steps[index].waits_for);
    state.textContent = !waits ? "" : done ? state.dataset.done : state.dataset.waiting;
    card.toggleAttribute("data-done", waits && done);
    const next = part("next");
    next.textContent = index + 1 === steps.length ? next.dataset.end : done ? next.dataset.next : next.dataset.skip;
    next.toggleAttribute("data-ready", done);
  }

  function showConcepts(concepts) {
    const line = part("concepts");
    line.replaceChildren();
    if (concepts.length === 0) return;
    line.append(`${line.dataset.label} `);
    for (const [id, title] of concepts) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "tour__concept", textContent: title });
      button.addEventListener("click", () => {
        root.dispatchEvent(new CustomEvent("explain", { detail: { concept: id, from: button } }));
      });
      line.append(button, " ");
    }
  }

  /**
   * Bring the target into sight, and put the card where it covers neither it nor what the step wants to be seen.
   * A target that is not there yet, as its numbers are still on their way, is looked for again.
   */
  function place() {
    clearTimeout(timer);
    const [before, step] = [target, steps[index]];
    before?.classList.remove("tour-target");
    target = [...root.querySelectorAll(step.points_at)].find(isVisible) ?? null;
    target?.classList.add("tour-target");
    const free = [...root.querySelectorAll([step.keeps_free, "[data-concepts]"].filter(Boolean).join())];
    if (target !== before || step !== watched) {
      watched = step;
      drawn.disconnect();
      for (const each of [root, target, ...free]) if (each) drawn.observe(each);
    }
    if (!target) timer = setTimeout(() => { if (index >= 0) place(); }, AGAIN);
    spot(card, { target, kept: free.filter(isVisible), bar: root.querySelector(".dock__transport") });
  }
}

function isVisible(element) {
  return element.getClientRects().length > 0;
}
