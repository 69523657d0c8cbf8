/** Playback: moves the position on while time passes, and asks for epochs before they are needed. */

import { atRest, following, positions } from "./position.js";
import { LAST_EPOCH } from "./runspec.js";

const LONGEST_FRAME = 0.1; // seconds: what a hidden or stalled page may catch up

/** Epochs per second at each stop of the speed control. */
export const SPEEDS = [1 / 24, 1 / 10, 1 / 4, 1, 4, 10, 25];
/** From this speed on, an epoch is shown as a whole. */
export const WHOLE_EPOCHS_FROM = 4;

/**
 * Drives `host`, which has: position, lengths (of the sequence), speed (epochs per second), has(epoch), load(epoch), moved(position), stalled(epoch),
 * ended(), failed(error). Nothing runs while paused: no timer, no animation frame.
 */
export class Player {
  constructor(host) {
    this.host = host;
    this.playing = false;
    this.frame = 0;
    this.turn = 0; // counts the plays: what an earlier one waited for must not move a later one
    this.time = 0;
    this.due = 0; // positions, or epochs at high speed, that are due but not shown
  }

  play() {
    if (this.playing) return;
    this.playing = true;
    this.turn += 1;
    this.due = 0;
    this.next();
  }

  pause() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
  }

  next() {
    this.time = performance.now();
    this.frame = requestAnimationFrame((time) => this.tick(time));
  }

  tick(time) {
    const seconds = Math.min(LONGEST_FRAME, Math.max(0, (time - this.time) / 1000));
    const { host } = this;
    const whole = host.speed >= WHOLE_EPOCHS_FROM;
    this.due += seconds * host.speed * (whole ? 1 : positions(host.lengths));
    let position = host.position;
    while (this.due >= 1) {
      const candidate = whole ? atRest(host.lengths, position.epoch + 1) : following(host.lengths, position);
      if (candidate.epoch > LAST_EPOCH) return this.end(position);
      if (!host.has(candidate.epoch)) return this.await(position, candidate.epoch);
      position = candidate;
      this.due -= 1;
    }
    if (position !== host.position) host.moved(position);
    this.prefetch(position.epoch);
    if (this.playing) {
      this.time = time;
      this.frame = requestAnimationFrame((later) => this.tick(later));
    }
  }

  end(position) {
    this.playing = false;
    if (position !== this.host.position) this.host.moved(position);
    this.host.ended();
  }

  async await(position, epoch) {
    const { host } = this;
    if (position !== host.position) host.moved(position);
    host.stalled(epoch);
    this.due = 1;
    const { turn } = this;
    try {
      await host.load(epoch);
    } catch (error) {
      if (turn === this.turn) host.failed(error);
      return;
    }
    if (this.playing && turn === this.turn) this.next();
  }

  prefetch(epoch) {
    const { host } = this;
    const ahead = host.speed >= WHOLE_EPOCHS_FROM ? 20 : 10;
    for (let later = epoch + 1; later <= Math.min(LAST_EPOCH, epoch + ahead); later += 1) {
      if (host.has(later)) continue;
      host.load(later).catch(() => {}); // playback itself meets and reports the failure
      return;
    }
  }
}
