/** Notes what is on the screen, at most once a second, so that every second of a learning phase can be shown again. */

const PAUSE = 1000; // milliseconds between two notes: playback moves up to 25 epochs a second

export class Moments {
  constructor(record) {
    this.record = record;
    this.shown = null; // what is on the screen
    this.noted = ""; // what the log says
    this.timer = 0;
    this.notedAt = -PAUSE;
    document.addEventListener("visibilitychange", () => document.hidden && this.flush());
    addEventListener("pagehide", () => this.flush());
  }

  /** Take what the page shows now; the same again is no news. */
  note({ view, layer, unit, cell_step, beside, position: { epoch, phase, step } }) {
    this.shown = { view, layer, unit, cell_step, epoch, phase, step, beside: view === "time" ? beside ?? "" : "" };
    if (this.timer || JSON.stringify(this.shown) === this.noted) return;
    const wait = this.notedAt + PAUSE - performance.now();
    if (wait <= 0) this.flush();
    else this.timer = setTimeout(() => this.flush(), wait);
  }

  flush() {
    clearTimeout(this.timer);
    this.timer = 0;
    const text = JSON.stringify(this.shown);
    if (this.shown === null || text === this.noted) return;
    this.noted = text;
    this.notedAt = performance.now();
    this.record("moment_shown", this.shown);
  }
}
