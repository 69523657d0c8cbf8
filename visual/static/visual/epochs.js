/** The epochs of one run, fetched in the server's fixed chunks and kept. */

import { LAST_EPOCH, printRun } from "./runspec.js";

const COARSE = 31; // levels of a value in large networks
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Return the chunk [first, last] that holds `epoch`: 0–1, 2–9, 10–19, …, 290–299, 300. */
export function chunkOf(epoch) {
  if (epoch <= 1) return [0, 1];
  if (epoch <= 9) return [2, 9];
  const first = Math.floor(epoch / 10) * 10;
  return [first, Math.min(first + 9, LAST_EPOCH)];
}

/** What is known of a run; what is not yet known can be loaded. */
export class Epochs {
  constructor(api, run) {
    this.api = api;
    this.run = run;
    this.spec = printRun(run);
    this.known = new Map(); // epoch → decoded epoch
    this.loading = new Map(); // first epoch of a chunk → promise
    this.closing = new AbortController();
    this.sequence = null; // {input, target}: what is read and what should be predicted
    this.parameters = null;
  }

  has(epoch) {
    return this.known.has(epoch);
  }

  get(epoch) {
    return this.known.get(epoch) ?? null;
  }

  /** Return the losses of epochs 0 to `last`: [{epoch, training_loss, validation_loss}], without those not loaded. */
  losses(last) {
    const found = [];
    for (let epoch = 0; epoch <= last; epoch += 1) {
      if (this.known.has(epoch)) found.push(this.known.get(epoch));
    }
    return found;
  }

  /** Load the chunk that holds `epoch`; resolve when it is known. */
  async load(epoch) {
    if (this.known.has(epoch) || epoch > LAST_EPOCH) return;
    const [first, last] = chunkOf(epoch);
    if (!this.loading.has(first)) {
      // A refusal stays in the map: asking again would get the same answer.
      this.loading.set(first, this.fetchChunk(first, last).then(() => this.loading.delete(first)));
    }
    await this.loading.get(first);
  }

  /** Load every epoch from 0 to `last`, calling `onChunk` after each chunk. */
  async loadThrough(last, onChunk) {
    for (let epoch = 0; epoch <= last; epoch = chunkOf(epoch)[1] + 1) {
      await this.load(epoch);
      for (let inside = epoch; inside <= Math.min(last, chunkOf(epoch)[1]); inside += 1) await this.load(inside);
      onChunk();
    }
  }

  /** Return the epochs of `run`, which equals this one up to `epoch`: what is known until there stays known. */
  branched(run, epoch) {
    const branch = new Epochs(this.api, run);
    branch.sequence = run.data === this.run.data ? this.sequence : null;
    branch.parameters = this.parameters;
    for (const [number, data] of this.known) {
      if (number <= epoch) branch.known.set(number, data);
    }
    return branch;
  }

  /** Give up what is still being fetched. */
  close() {
    this.closing.abort();
  }

  async fetchChunk(first, last) {
    const chunk = await this.api.epochs(this.spec, first, last, this.closing.signal);
    this.sequence = chunk.sequence;
    this.parameters = chunk.parameters;
    const decode = chunk.levels === COARSE ? decodedCoarsely : decoded;
    for (const data of chunk.epochs) this.known.set(data.epoch, { ...data, hidden_state: decode(data.hidden_state) });
  }
}

/** Return what the characters of a large network's `text` stand for, in the same scale (visual/payload.py). */
export function decodedCoarsely(text) {
  return Int8Array.from(text, (character) => Math.round((ALPHABET.indexOf(character) - 32) * 127 / COARSE));
}

/** Return the bytes of base64 `text` as signed integers; 127 stands for 1. */
export function decoded(text) {
  const bytes = atob(text);
  return Int8Array.from(bytes, (byte) => byte.charCodeAt(0));
}
