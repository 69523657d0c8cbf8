/** What each control on the page does: pointer, keyboard and drawing reach the page's own methods. */

import { connectCellPanel } from "./cell_panel.js";
import { changedStructure, connectControls } from "./controls.js";
import { connectExamples } from "./examples.js";
import { connectKeys } from "./keys.js";
import { connectLossPanel } from "./network_panel.js";
import { connectOwnText } from "./own_text.js";
import { at, beginning, stepped } from "./position.js";
import { connectTimePanel } from "./time_panel.js";

/** Connect every control of `page` (main.js) but for the tabs, the explanations and the tour. */
export function connectPage(page) {
  const { root } = page;
  connectControls(root, {
    setting: (name, value) => page.changeSetting(name, value),
    structure: (name, by) => page.changeBase(name, changedStructure(name, page.state.run[name], by)),
    choice: (name, value, sameEpoch) => page.changeBase(name, value, sameEpoch ? page.position.epoch : 0),
    speed: (index) => {
      page.speedIndex = index;
      page.record("setting_changed", { name: "speed", value: String(Number(page.speed.toPrecision(3))), epoch: page.position.epoch });
      page.draw();
    },
  });
  connectOwnText(root, page.strings, (data) => page.changeBase("data", data));
  page.role("play").addEventListener("click", () => page.togglePlay());
  page.role("step_epoch").addEventListener("click", () => page.stepEpoch());
  page.role("reset").addEventListener("click", () => page.reset());
  page.role("retry").addEventListener("click", () => page.api.retryNow());
  page.role("copy")?.addEventListener("click", () => page.copyLink());
  for (const scrubber of root.querySelectorAll('[data-role="step"]')) {
    scrubber.addEventListener("input", () => page.goTo(at(page.lengths, page.position.epoch, Number(scrubber.value))));
  }
  page.role("epoch").addEventListener("input", (event) => page.travel(Number(event.target.value)));
  page.role("close_values").addEventListener("click", () => page.screen.closeValues());
  page.role("values").addEventListener("toggle", () => page.invalidate());
  if (!page.without.has("time_machine")) connectLossPanel(page.screen, () => page.state.reached, (epoch) => page.travel(epoch));
  connectPhases(page);
  const layers = (by) => page.changeBase("layers", changedStructure("layers", page.state.run.layers, by));
  const travels = !page.without.has("time_machine");
  connectKeys({
    dialog: page.role("keys"), opener: page.role("open_keys"),
    acts: {
      " ": () => page.togglePlay(),
      Escape: () => page.screen.closeValues() || page.openView("network"), // what lies on top
      ...(travels && {
        Enter: () => page.stepEpoch(), Backspace: () => page.reset(),
        ArrowLeft: () => page.goTo(stepped(page.lengths, page.position, -1)), ArrowRight: () => page.goTo(stepped(page.lengths, page.position, 1)),
        "Shift+ArrowLeft": () => page.travel(Math.max(0, page.position.epoch - 1)), "Shift+ArrowRight": () => page.stepEpoch(),
      }),
    },
    symbols: {
      ...(!page.without.has("structure") && { "+": () => layers(1), "-": () => layers(-1) }),
      1: () => page.openView("network"), 2: () => page.openView("cell"), 3: () => page.openView("time"),
    },
  });
  connectExamples(document.body, {
    visit: (address) => page.visit(address), record: (kind, data) => page.record(kind, data),
  });
  addEventListener("popstate", () => page.restore());
  addEventListener("pagehide", () => page.bar.note(page.state));
  page.screen.observe(() => page.invalidate());
  connectCellPanel(page.screen, {
    leave: () => page.openView("network"),
    layer: (by) => page.chooseLayer(page.state.layer + by),
    step: (number) => page.change({ cell_step: number === page.state.cell_step ? 0 : number }),
    next: () => page.nextCellStep(),
    unit: (unit) => page.change({ unit }),
    point: (unit) => page.point(unit),
  });
  page.screen.canvas("network").addEventListener("click", (event) => {
    const button = event.target.closest("[data-layer]");
    if (button) page.openView("cell", Number(button.dataset.layer), button.getBoundingClientRect());
  });
  connectTimePanel(page.screen, {
    beside: (cell) => compareCells(page, cell),
    wave: (phase) => page.goTo({ epoch: page.position.epoch, phase, step: phase === "backward" ? 1 : page.lengths.given }),
    open: (layer, step) => {
      page.goTo(at(page.lengths, page.position.epoch, step));
      if (layer) page.openView("cell", layer);
    },
  });
}

/** A click on a phase's name leads to its first time step. */
function connectPhases(page) {
  for (const button of page.root.querySelectorAll("[data-jump]")) {
    button.addEventListener("click", () => page.goTo(beginning(page.lengths, page.position.epoch, button.dataset.jump)));
  }
}

/** Show another kind of cell below the run's own, in the backward phase, where they differ; null: none. */
function compareCells(page, cell) {
  const { position, run } = page.state;
  page.record("setting_changed", { name: "beside", value: String(cell), epoch: position.epoch });
  page.change({ beside: cell === run.cell ? null : cell }, true);
  if (cell !== null && position.phase !== "backward") page.goTo({ epoch: position.epoch, phase: "backward", step: 1 });
}
