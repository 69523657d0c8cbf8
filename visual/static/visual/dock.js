/** The dock: playing or not, epoch and loss, and the phase in one plain sentence. */

import { filled, significant } from "./format.js";
import { phaseSentence } from "./labels.js";
import { WHOLE_EPOCHS_FROM } from "./player.js";
import { checked } from "./svg.js";

const defaults = { strings: {}, playing: false, speed: 1, computing: null };

/** Show `snapshot` ({run, sequence, lengths, position, epoch}; sequence and epoch are null as long as they are not known) in the dock inside `root`. */
export function drawDock(root, snapshot, options = {}) {
  const settings = checked(defaults, options, "drawDock");
  const { strings, playing, speed } = settings;
  const { run, sequence, lengths, position, epoch } = snapshot;
  root.toggleAttribute("data-playing", playing);
  root.dataset.phaseNow = position.phase;
  root.querySelector('[data-role="play"]').setAttribute("aria-label", playing ? strings.pause : strings.play);
  write(root.querySelector('[data-role="sentence"]'), phaseSentence({ ...settings, run, sequence, lengths, position }, strings));
  write(root.querySelector('[data-role="network_note"]'), position.phase === "backward" ? filled(strings.note_gradient, { given: lengths.given }) : strings.note_cell);
  for (const item of root.querySelectorAll("[data-phase]")) {
    item.hidden = item.dataset.phase === "validation" && lengths.predictions === 1; // nothing to go on with
    const isNow = item.dataset.phase === position.phase && !(playing && speed >= WHOLE_EPOCHS_FROM);
    if (isNow) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
  write(root.querySelector('[data-output="epoch"]'), String(position.epoch));
  write(root.querySelector('[data-output="loss"]'), epoch === null ? "…" : significant(epoch.validation_loss));
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
