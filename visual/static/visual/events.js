/**
 * Interaction events of a study: queued in memory and in localStorage, sent in batches, never twice in effect,
 * because the server knows each by its id. Outside a study nothing is recorded.
 */

import { postEvents } from "./api.js";

const BATCH = 50;
const PAUSE = 4000; // milliseconds between an event and the batch that carries it
const LONGEST_PAUSE = 60000;
const QUEUE_LIMIT = 2000;

/** Return `record(kind, data)`: into the study's event log at `url`, or to nowhere when `url` is empty. */
export function recorder({ url, token, participant }) {
  if (!url) return () => {};
  const queue = new EventQueue(url, token, `explornn.events.${participant}`);
  document.addEventListener("visibilitychange", () => {
    queue.record(document.hidden ? "page_hidden" : "page_visible", {});
    if (document.hidden) queue.send();
  });
  addEventListener("pagehide", () => queue.send());
  addEventListener("online", () => queue.send());
  queue.schedule(0);
  return (kind, data) => queue.record(kind, data);
}

class EventQueue {
  constructor(url, token, key) {
    this.url = url;
    this.token = token;
    this.key = key;
    this.timer = 0;
    this.failures = 0;
    const stored = restored(key);
    this.events = stored.events;
    this.sequence = stored.sequence;
  }

  record(kind, data) {
    this.sequence += 1;
    this.events.push({ id: crypto.randomUUID?.() ?? randomId(), sequence: this.sequence, kind, at: Date.now(), data });
    if (this.events.length > QUEUE_LIMIT) this.events.shift();
    this.store();
    this.schedule(PAUSE);
  }

  schedule(pause) {
    if (this.timer || this.events.length === 0) return;
    this.timer = setTimeout(() => this.send(), pause);
  }

  async send() {
    clearTimeout(this.timer);
    this.timer = 0;
    const batch = this.events.slice(0, BATCH);
    if (batch.length === 0) return;
    try {
      const stored = await postEvents(this.url, this.token, batch);
      if (!stored) return; // the learning phase is over, or the session: kept here, not sent again by this page
      this.failures = 0;
      const sent = new Set(batch.map((event) => event.id));
      this.events = this.events.filter((event) => !sent.has(event.id));
      this.store();
      this.schedule(0);
    } catch {
      this.failures += 1;
      this.schedule(Math.min(LONGEST_PAUSE, PAUSE * 2 ** this.failures));
    }
  }

  store() {
    try {
      localStorage.setItem(this.key, JSON.stringify({ sequence: this.sequence, events: this.events }));
    } catch {
      // Storage full or forbidden: the queue in memory still sends.
    }
  }
}

function restored(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? { sequence: 0, events: [] };
  } catch {
    return { sequence: 0, events: [] };
  }
}

/** Return a random UUID where crypto.randomUUID is missing (a page without HTTPS). */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
