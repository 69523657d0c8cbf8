// Interaction events of a learning phase: queued in memory and in localStorage, sent in batches, stored once
// however often they are sent, because the server knows each by its id. Outside a study nothing is recorded.
const BATCH = 50;
const PAUSE_MS = 4000; // between an event and the batch that carries it
const LONGEST_PAUSE_MS = 60000;
const QUEUE_LIMIT = 5000;

/** Return `record(kind, data)`: into the event log at `url`, or to nowhere when `url` is empty. */
export function recorder({ url, token, participant }) {
  if (!url) return () => {};
  const queue = new EventQueue(url, token, `explornn.events.${participant}`);
  let hiddenAt = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      hiddenAt = Date.now();
      queue.record("page_hidden", {});
      queue.send();
    } else {
      queue.record("page_visible", { hidden_ms: Math.max(0, Date.now() - hiddenAt) });
    }
  });
  addEventListener("pagehide", () => queue.send());
  addEventListener("online", () => queue.send());
  queue.record("page_shown", { path: location.pathname });
  return (kind, data) => queue.record(kind, data);
}

class EventQueue {
  constructor(url, token, key) {
    Object.assign(this, { url, token, key, timer: 0, failures: 0, ...restored(key) });
  }

  record(kind, data) {
    this.sequence += 1;
    this.events.push({ id: randomId(), sequence: this.sequence, kind, at: Date.now(), data });
    if (this.events.length > QUEUE_LIMIT) this.events.shift();
    this.store();
    this.schedule(PAUSE_MS);
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
      const response = await fetch(this.url, {
        method: "POST",
        keepalive: true,
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token },
        body: JSON.stringify({ events: batch }),
      });
      if (response.status >= 500 || response.status === 429) throw new Error(String(response.status));
      // Any other answer is final: stored, or never to be stored. The queue goes on.
      this.failures = 0;
      const sent = new Set(batch.map((event) => event.id));
      this.events = this.events.filter((event) => !sent.has(event.id));
      this.store();
      this.schedule(0);
    } catch {
      this.failures += 1;
      this.schedule(Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** this.failures));
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
  const empty = { sequence: 0, events: [] };
  try {
    return { ...empty, ...JSON.parse(localStorage.getItem(key)) };
  } catch {
    return empty;
  }
}

/** Return a random UUID, also on a page without HTTPS, where crypto.randomUUID is missing. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
