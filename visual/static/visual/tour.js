/**
 * The guided tour: a card that points at one thing, says one thing, and notices when the learner has done it.
 * Its steps are data (visual/tutorial/); what the learner does reaches it as the interaction events of the page.
 */

const GAP = 16; // px between the card and what it points at
const STORED = "explornn.tour"; // the step on which the learner stands, until the tour ends

/** Return `{ notice(kind, data) }`; `visit(query)` goes to an address of this page, `record` logs. */
export function guidedTour(root, { visit, record }) {
  const steps = JSON.parse(document.getElementById("visual-tour").textContent);
  const card = root.querySelector("[data-tour]");
  const part = (name) => card.querySelector(`[data-tour-${name}]`);
  const key = `${STORED}.${document.body.dataset.participant ?? "free"}`;
  const starters = root.querySelectorAll("[data-tour-start]");
  let index = -1;
  let done = false;
  let target = null;

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
  const stored = Number(sessionStorage.getItem(key) ?? -1);
  if (stored >= 0 && stored < steps.length) open(stored, false); // after a reload: where we were, as it was

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
    const step = steps[index];
    done = !step.waits_for;
    sessionStorage.setItem(key, index);
    if (leap && step.address) visit(step.address);
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
      place();
      if (leap) part("title").focus({ preventScroll: true });
    }));
  }

  function finish() {
    if (done) return;
    done = true;
    record("tutorial_step_done", { step: steps[index].id });
    showState();
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

  /** Put the card beside its target where there is room, and else into the corner that leaves it visible. */
  function place() {
    target?.classList.remove("tour-target");
    target = [...root.querySelectorAll(steps[index].points_at)].find((each) => each.getClientRects().length) ?? null;
    target?.classList.add("tour-target");
    target?.scrollIntoView({ block: "nearest" });
    const { width, height } = card.getBoundingClientRect();
    const box = target?.getBoundingClientRect() ?? new DOMRect(innerWidth / 2, innerHeight / 2, 0, 0);
    const middle = clamp(box.left + box.width / 2 - width / 2, GAP, innerWidth - width - GAP);
    const level = clamp(box.top + box.height / 2 - height / 2, GAP, innerHeight - height - GAP);
    const beside = [
      [box.right + GAP, level], [box.left - width - GAP, level],
      [middle, box.bottom + GAP], [middle, box.top - height - GAP],
    ].find(([left, top]) => left >= 0 && top >= 0 && left + width <= innerWidth && top + height <= innerHeight);
    const [left, top] = beside ?? [box.left > innerWidth / 2 ? GAP : innerWidth - width - GAP, innerHeight - height - 7 * GAP];
    card.style.left = `${left}px`;
    card.style.top = `${top}px`;
  }
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), Math.max(low, high));
}
