/** What each control on the page does: pointer, keyboard and drawing reach the page's own methods. */

import { connectCellPanel } from "./cell_panel.js";
import { changedStructure, connectControls } from "./controls.js";
import { connectExamples } from "./examples.js";
import { connectKeys } from "./keys.js";
import { connectLossPanel } from "./network_panel.js";
import { connectOwnText } from "./own_text.js";
import { at } from "./position.js";
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
  connectKeys({
    space: () => page.togglePlay(),
    escape: () => page.screen.closeValues() || page.openView("network"), // what lies on top
  });
  connectExamples(document.body, {
    visit: (address) => page.visit(address), record: (kind, data) => page.record(kind, data),
  });
  addEventListener("popstate", () => page.restore());
  addEventListener("pagehide", () => page.bar.note(page.state));
  page.screen.observe(() => page.draw());
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
    wave: (phase) => page.goTo({ epoch: page.position.epoch, phase, step: phase === "backward" ? 1 : page.lengths.given }),
    open: (layer, step) => {
      page.goTo(at(page.lengths, page.position.epoch, step));
      if (layer) page.openView("cell", layer);
    },
  });
}
