/**
 * Interaction events of a study: queued in memory and in localStorage, sent in batches, never twice in effect,
 * because the server knows each by its id. Outside a study nothing is recorded.
 */

const BATCH = 200; // the server takes 500, a page that closes 64 KB
const PAUSE = 4000; // milliseconds between an event and the batch that carries it
const LONGEST_PAUSE = 60000;
const STORE_EVERY = 500; // milliseconds: fast playback must not write to the disk for every epoch
const QUEUE_LIMIT = 2000;

/** Return `record(kind, data)`: into the study's event log at `url`, or to nowhere when `url` is empty. */
export function recorder({ url, token, participant }) {
  if (!url) return () => {};
  const queue = new EventQueue(url, token, `explornn.events.${participant}.`);
  let hiddenAt = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      hiddenAt = Date.now();
      queue.record("page_hidden", {});
      queue.send();
    } else {
      queue.record("page_visible", { hidden_ms: Date.now() - hiddenAt });
    }
  });
  addEventListener("pagehide", () => queue.send());
  addEventListener("online", () => queue.send());
  queue.record("page_shown", { path: location.pathname });
  queue.schedule(0);
  return (kind, data) => queue.record(kind, data);
}

class EventQueue {
  constructor(url, token, prefix) {
    this.url = url;
    this.token = token;
    this.key = prefix + uuid(); // a key for each page: two tabs never overwrite each other's queue
    this.timer = 0;
    this.failures = 0;
    this.storedAt = 0;
    ({ sequence: this.sequence, events: this.events } = adopted(prefix));
    this.store();
  }

  record(kind, data) {
    this.sequence += 1;
    this.events.push({ id: uuid(), sequence: this.sequence, kind, at: Date.now(), data });
    if (this.events.length > QUEUE_LIMIT) this.events.shift();
    if (Date.now() - this.storedAt > STORE_EVERY) this.store();
    this.schedule(PAUSE);
  }

  schedule(pause) {
    if (this.timer || this.events.length === 0) return;
    this.timer = setTimeout(() => this.send(), pause);
  }

  async send() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.store();
    const batch = this.events.slice(0, BATCH);
    if (batch.length === 0) return;
    try {
      const taken = await post(this.url, this.token, batch);
      if (!taken) return; // the session is over: kept here for the next page of this participant
      this.failures = 0;
      const sent = new Set(batch.map((event) => event.id));
      this.events = this.events.filter((event) => !sent.has(event.id));
      this.store();
      if (this.events.length >= BATCH) this.schedule(0);
      else this.schedule(PAUSE);
    } catch {
      this.failures += 1;
      this.schedule(Math.min(LONGEST_PAUSE, PAUSE * 2 ** this.failures));
    }
  }

  store() {
    this.storedAt = Date.now();
    try {
      localStorage.setItem(this.key, JSON.stringify({ sequence: this.sequence, events: this.events }));
    } catch {
      // Storage full or forbidden: the queue in memory still sends.
    }
  }
}

/** Send events; resolve to true when stored, false when they cannot be now, reject when worth retrying. */
async function post(url, token, events) {
  const response = await fetch(url, {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify({ events }),
  });
  if (response.status >= 500 || response.status === 429 || response.status === 408) {
    throw new Error(`events: ${response.status}`);
  }
  return response.ok;
}

/** Take over what earlier pages could not send; sending twice does no harm. */
function adopted(prefix) {
  const all = { sequence: 0, events: [] };
  try {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(prefix))) {
      const { sequence, events } = JSON.parse(localStorage.getItem(key));
      all.sequence = Math.max(all.sequence, sequence);
      all.events.push(...events);
      localStorage.removeItem(key);
    }
  } catch {
    // Storage forbidden or spoilt: begin with an empty queue.
  }
  return all;
}

/** Return a random UUID; crypto.randomUUID is missing on a page without HTTPS. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
