/**
 * The panel of experiments beside the picture: one is chosen and runs. The panel knows what all have in common:
 * which is open, what was changed, undo, what the server answers, the address and the events; README.md says
 * what each brings along.
 */

import { altered } from "./altered.js";
import { Answers } from "./answers.js";
import { decoded } from "./epochs.js";
import { nextPrompt } from "./experiments/prediction_log.js";
import { filled } from "./format.js";
import { dataSetOf, printRun } from "./runspec.js";

/** Return the panel in `root` for `page` (main.js), or null where the study offers no experiments. */
export function experimentsPanel(root, page) {
  const panel = root.querySelector("[data-experiments]");
  return panel && new Experiments(root, panel, page);
}

const KEPT = "visual.undo"; // the changes to go back to, kept for this tab over a reload

class Experiments {
  constructor(root, panel, page) {
    Object.assign(this, { root, panel, page });
    this.offered = JSON.parse(document.getElementById("visual-experiments").textContent);
    this.choice = panel.querySelector("[data-experiments-choice]");
    this.stage = root.querySelector("[data-experiments-stage]"); // where an experiment draws in place of the views
    this.running = null; // what the open experiment's module returned
    this.id = null; // of the open experiment
    this.refused = false; // whether it is not for the data set on the screen
    this.past = []; // the changes before this one, for undo
    this.settled = ""; // the last change that is no longer being dragged
    this.told = ""; // the outcome that was said last
    this.isStarting = true; // until the page's own address has been read
    this.recorded = ""; // the outcome that stood there before a reload
    this.latest = null; // the last answer, shown while its successor is on its way
    this.cameFrom = null;
    this.answers = new Answers(async (spec, epoch, question) => {
      const answer = await page.api.whatIf(spec, epoch, question);
      const [hidden_state, original_hidden_state] = [answer.hidden_state, answer.original_hidden_state].map(decoded);
      return { ...answer, hidden_state, original_hidden_state };
    }, (error) => this.arrived(error));
    this.connect();
    this.invite();
  }

  connect() {
    const { root, panel } = this;
    this.buttons = [...root.querySelectorAll("[data-experiment]")];
    for (const button of this.buttons) {
      button.addEventListener("click", () => {
        this.cameFrom = button;
        const { experiment: id } = button.dataset;
        if (this.id && (id === "" || id === this.id)) this.leave();
        else this.choose(id || this.choice.value);
      });
    }
    root.addEventListener("click", (event) => {
      const padlock = event.target.closest("[data-padlock]");
      if (padlock) this.lock(padlock);
    });
    this.choice.addEventListener("change", () => this.choose(this.choice.value));
    panel.querySelector("[data-experiments-close]").addEventListener("click", () => this.leave());
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation(); // it closes the panel, and not the view behind it too
      this.leave();
    });
    this.part("undo").addEventListener("click", () => this.undo(this.past.pop() ?? ""));
    this.part("reset").addEventListener("click", () => {
      this.past = [];
      this.undo("");
    });
    // A view's tab shows the view again; explanations stand in the same place.
    for (const tab of document.querySelectorAll("[data-view-tab]")) {
      tab.addEventListener("click", () => "staged" in this.page.root.dataset && this.leave());
    }
    root.addEventListener("beside", (event) => event.detail !== "experiments" && this.id && this.leave());
  }

  part(name) {
    return this.panel.querySelector(`[data-experiments-${name}]`);
  }

  // --- Opening and closing -----------------------------------------------------------------------------------

  async choose(id) {
    if (this.page.player.playing) this.page.pause();
    this.page.change({ experiment: { id, change: "" } }, true);
    const opened = this.restore();
    this.panel.querySelector("#experiments-title").focus();
    await opened;
  }

  /** Lock or free the gate of a padlock in the cell's diagram. */
  async lock(padlock) {
    if (this.id !== "clamp_gate") {
      this.cameFrom = padlock;
      await this.choose("clamp_gate");
      this.page.draw(); // it takes its place in this run
    }
    this.running?.lock(padlock.dataset.padlock, this.page.state.layer);
  }

  leave() {
    if (this.id === null) return;
    this.page.change({ experiment: null });
    this.restore();
    this.cameFrom?.focus();
  }

  /** Show what the page's state says: at the start, after going back or forward, and after a choice. */
  async restore() {
    const { isStarting } = this;
    this.isStarting = false;
    const wanted = this.page.state.experiment;
    if (wanted && !(wanted.id in this.offered)) this.page.state.experiment = null;
    const id = this.page.state.experiment?.id ?? null;
    if (id === this.id && this.refused === this.refuses(id)) {
      if (id && wanted.change !== this.settled) {
        this.running?.restore(wanted.change);
        this.settled = wanted.change;
        this.page.record("experiment_changed", { experiment: id, change: wanted.change, epoch: this.page.position.epoch });
      }
      return;
    }
    this.running?.close();
    const past = isStarting && id ? keptPast(id, wanted.change) : [];
    this.recordComing(id, wanted?.change ?? "", isStarting);
    Object.assign(this, { running: null, id, past, settled: wanted?.change ?? "", told: "", latest: null });
    this.refused = this.refuses(id);
    this.show();
    if (id === null || this.refused) return;
    const { experiment } = await import(this.offered[id].module);
    if (id !== this.id || this.refused) return; // closed, or another one chosen, meanwhile
    this.running = experiment.open(this.part("controls"), this.context(id), this.settled);
    this.page.invalidate();
    this.root.dispatchEvent(new CustomEvent("beside", { detail: "experiments" })); // now it has its full size
  }

  /** Log which experiment goes and which comes, with all that is changed in it, whatever brought it: a button, the address, a reload. */
  recordComing(id, change, isStarting) {
    const { page } = this;
    if (id === this.id) return;
    if (this.id) page.record("experiment_closed", { experiment: this.id });
    if (id) page.record("experiment_opened", { experiment: id, change });
    // What came of it was recorded before the reload.
    this.recorded = id && isStarting ? [printRun(page.state.run), page.position.epoch, change].join("|") : "";
  }

  /** Whether the experiment `id` has nothing to work with in the run on the screen. */
  refuses(id) {
    const { run } = this.page.state;
    return id !== null && !this.offered[id].texts && dataSetOf(run.data, this.page.dataSets).is_text;
  }

  show() {
    const { panel, id, root } = this;
    this.invite();
    panel.hidden = id === null;
    if (id) root.dispatchEvent(new CustomEvent("beside", { detail: "experiments" }));
    root.toggleAttribute("data-beside", id !== null);
    const stays = id === null || this.refused ? null : this.offered[id].stage;
    if (stays === null) delete this.page.root.dataset.staged;
    else this.page.root.dataset.staged = stays;
    for (const button of this.buttons) button.setAttribute("aria-expanded", String(id !== null && ["", id].includes(button.dataset.experiment)));
    this.part("controls").replaceChildren();
    this.part("result").replaceChildren();
    this.say("");
    if (id === null) return;
    const { task, constant, tries } = this.offered[id];
    this.choice.value = id;
    this.part("task").textContent = task;
    this.part("constant").textContent = constant;
    if (this.refused) this.say(this.page.strings.experiment_not_for_texts);
    for (const scrolled of [this.part("text"), this.panel]) scrolled.scrollTop = 0; // on a low sheet it is all of it
    const list = this.part("tries");
    list.closest("section").hidden = tries.length === 0;
    list.replaceChildren(...tries.map((each) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "pill try", textContent: each.title });
      button.addEventListener("click", () => this.tryHere(each));
      return button;
    }));
  }

  /** Ask for a prediction in the page's header, as long as there is a prompt that has not faded. */
  invite() {
    const invitation = this.root.querySelector("[data-invitation]");
    if (!invitation) return;
    const { prompts, fading } = this.offered.predictions.data;
    const prompt = nextPrompt(prompts, fading);
    invitation.hidden = prompt === null || this.id !== null;
    if (prompt) invitation.title = prompt.words.title;
  }

  tryHere({ address }) {
    const { past, settled } = this;
    this.page.visit(address);
    this.past = [...past, settled];
  }

  /** Go to another run and epoch, as a step for the back button; there nothing is left to undo. */
  visit(id, { run, epoch, change }) {
    this.page.visit(`?run=${printRun(run)}&epoch=${epoch}&experiment=${id}&change=${change}`);
    this.past = [];
  }

  // --- What the running experiment uses ------------------------------------------------------------------------

  context(id) {
    const { page } = this;
    return {
      strings: { ...page.strings, ...this.offered[id].strings },
      result: this.part("result"),
      ask: (question, snapshot) => this.ask(question, snapshot),
      change: (change, options) => this.change(change, options),
      visit: (place) => this.visit(id, place),
      say: (sentence) => this.part("said").textContent !== sentence && this.say(sentence),
      trouble: (error) => this.arrived(error),
      redraw: () => page.invalidate(),
      inspection: (layer) => page.inspections.wanted(page.epochs.spec, page.position.epoch, layer),
      stage: this.stage,
      data: this.offered[id].data,
      outcome: (numbers, sentence) => this.outcome(numbers, sentence),
      page,
    };
  }

  /**
   * Return what the network on the screen does when it is asked `question`, or null as long as nobody knows;
   * the experiment is updated again when it is known. With `snapshot`, the answer has what its view needs.
   */
  ask(question, snapshot = null) {
    const { epochs, position } = this.page;
    const inside = snapshot?.view === "cell" ? `&inspect=${snapshot.layer}` : "";
    const answer = this.answers.wanted(epochs.spec, position.epoch, question + inside);
    if (answer) this.part("trouble").textContent = "";
    return answer;
  }

  /** The learner changed something; a change that is not yet `settled` is still being dragged. */
  change(change, { settled = true } = {}) {
    const { page } = this;
    if (page.player.playing) page.pause();
    if (settled && change !== this.settled) {
      this.past.push(this.settled);
      this.settled = change;
      page.record("experiment_changed", { experiment: this.id, change, epoch: page.position.epoch });
    }
    page.change({ experiment: { id: this.id, change } });
  }

  undo(change) {
    const { page, id } = this;
    if (page.state.experiment.change === change) return;
    this.settled = change;
    page.change({ experiment: { id, change } });
    this.running?.restore(change);
    page.record("experiment_undone", { experiment: id, change, epoch: page.position.epoch });
    if (change === "") page.say(page.strings.experiment_unchanged);
  }

  /** Say and record what came of a change, once. */
  outcome(numbers, sentence) {
    const { page, id } = this;
    const { change } = page.state.experiment;
    const { epoch } = page.position;
    const told = [page.epochs.spec, epoch, change].join("|");
    if (told === this.told || change !== this.settled || page.player.playing) return;
    this.told = told;
    this.say(sentence);
    if (told === this.recorded) return;
    this.recorded = "";
    page.record("experiment_outcome", { experiment: id, change, epoch, numbers });
  }

  say(sentence) {
    this.part("said").textContent = sentence;
  }

  // --- What the page shows -------------------------------------------------------------------------------------

  /** Return `snapshot` (which knows view, layer and unit) as the open experiment changes it. */
  altered(snapshot) {
    if (this.id && this.refused !== this.refuses(this.id)) this.restore();
    if (!this.running || snapshot === null) return snapshot;
    const { change } = this.page.state.experiment;
    const claim = this.offered[this.id].tries.find((each) => each.change === change && each.run === this.page.epochs.spec && each.epoch === snapshot.position.epoch);
    this.part("claim").textContent = claim?.claim ?? "";
    const undoable = change !== "" || this.past.length > 0;
    keepPast(this.id, change, this.past);
    for (const name of ["undo", "reset"]) this.part(name).setAttribute("aria-disabled", String(!undoable));
    const place = [this.page.epochs.spec, snapshot.position.epoch].join("|");
    const answer = this.running.update(snapshot);
    this.fit();
    if (answer) this.latest = { place, answer };
    else if (change === "" || this.latest?.place !== place) this.latest = null;
    if (this.running.beside) return this.running.beside(snapshot);
    return this.latest ? altered(snapshot, this.latest.answer) : snapshot;
  }

  /** What a first drawing put beside a picture may have left it less room: then it is drawn once more. */
  fit() {
    const fits = (canvas) => {
      const svg = canvas.querySelector(":scope > svg");
      return !svg || Number(svg.getAttribute("height")) === canvas.clientHeight;
    };
    if (![...this.stage.querySelectorAll(".stage__picture, .roll__picture--states")].every(fits)) this.page.invalidate();
  }

  arrived(error) {
    if (error) this.part("trouble").textContent = filled(this.page.strings.experiment_refused, { reason: error.message });
    else this.page.invalidate();
  }
}

function keepPast(id, change, past) {
  try {
    sessionStorage.setItem(keptKey(), JSON.stringify({ id, change, past }));
  } catch {
    // The browser keeps nothing for us: after a reload, undo leads back to what is unchanged.
  }
}

/** Return the changes before `change`, as they were kept before the reload, or none. */
function keptPast(id, change) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(keptKey()));
    return kept?.id === id && kept.change === change ? kept.past : [];
  } catch {
    return [];
  }
}

function keptKey() {
  return `${KEPT}.${document.body.dataset.participant ?? "free"}`;
}
