/** The run on the screen with another kind of cell: what is known of it, to be seen below the run in the view through time. */

import { Epochs } from "./epochs.js";
import { LAST_EPOCH, printRun } from "./runspec.js";

const AHEAD = 10; // epochs that are asked for before they are shown

export class Beside {
  /** `arrived()` is called when epochs have come, `failed(error)` when they cannot. */
  constructor(api, { arrived, failed }) {
    this.api = api;
    this.arrived = arrived;
    this.failed = failed;
    this.epochs = null;
  }

  /** Follow `run` with `cell` in place of its own; null ends it. */
  follow(run, cell) {
    const other = cell === null ? null : { ...run, cell };
    if (other !== null && this.epochs?.spec === printRun(other)) return;
    this.epochs?.close();
    this.epochs = other === null ? null : new Epochs(this.api, other);
    this.asked = new Set();
  }

  /** Return {run, epoch} at `epoch`, whose `epoch` is null until it has come; null where nothing is followed. */
  at(epoch) {
    const { epochs } = this;
    if (epochs === null) return null;
    for (const wanted of [epoch, Math.min(LAST_EPOCH, epoch + AHEAD)]) {
      if (epochs.has(wanted) || this.asked.has(wanted)) continue;
      this.asked.add(wanted); // once: what has come is drawn, and what is drawn asks for nothing more
      epochs.load(wanted).then(this.arrived, this.failed);
    }
    return { run: epochs.run, epoch: epochs.get(epoch) };
  }

  has(epoch) {
    return this.epochs === null || this.epochs.has(epoch);
  }

  async load(epoch) {
    await this.epochs?.load(epoch);
  }
}
