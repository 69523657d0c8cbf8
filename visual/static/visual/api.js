/**
 * The only module that fetches. What fails for a reason that passes (no connection, a busy server) is tried
 * again until it succeeds or its caller gives up; meanwhile `onTrouble` says why it takes so long.
 */

const FIRST_PAUSE = 1; // seconds
const LONGEST_PAUSE = 20;
const AT_ONCE = 2; // a small server computes as many things at once, and refuses a third

/** What no further attempt can mend: the address is wrong. `message` is the server's own explanation. */
export class Refused extends Error {}

/** The server has been updated, and its numbers are no longer those that this page asks for. */
export class Outdated extends Error {}

/** The page's line to its server. `onTrouble(null)` says that all is well again. */
export class Api {
  constructor({ chunkUrl, inspectionUrl, whatIfUrl, onTrouble }) {
    this.chunkUrl = chunkUrl;
    this.inspectionUrl = inspectionUrl;
    this.whatIfUrl = whatIfUrl;
    this.onTrouble = onTrouble;
    this.waiting = new Set(); // functions that end a pause at once
    this.free = AT_ONCE;
    this.queue = []; // functions that let the next request go
    addEventListener("online", () => this.retryNow());
  }

  /** Return the chunk of epochs `first` to `last` of the run `spec` (visual/payload.py). */
  epochs(spec, first, last, signal) {
    const url = this.chunkUrl.replace("SPEC", inPath(spec)).replace("FIRST", first).replace("LAST", last);
    return this.persistently(url, signal);
  }

  /** Return every gate of one layer at one epoch (visual/payload.py). */
  inspection(spec, epoch, layer, signal) {
    const url = this.inspectionUrl.replace("SPEC", inPath(spec)).replace("EPOCH", epoch).replace("LAYER", layer);
    return this.persistently(url, signal);
  }

  /** Return what the network of an epoch does when something is altered in it (visual/run_what_if.py, payload.py). */
  whatIf(spec, epoch, question, signal) {
    const url = this.whatIfUrl.replace("SPEC", inPath(spec)).replace("EPOCH", epoch);
    return this.persistently(`${url}?${question}`, signal);
  }

  /** End every pause: try again now. */
  retryNow() {
    for (const endPause of [...this.waiting]) endPause();
  }

  async persistently(url, signal) {
    for (let attempt = 0; ; attempt += 1) {
      const trouble = await this.inTurn(() => attemptOnce(url, signal));
      if ("payload" in trouble) {
        if (attempt > 0) this.onTrouble(null);
        return trouble.payload;
      }
      const pause = trouble.pause ?? Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempt);
      this.onTrouble({ kind: trouble.kind, seconds: Math.round(pause) });
      await this.pause(pause, signal);
    }
  }

  /** Return what `attempt` resolves to, when it is its turn. */
  async inTurn(attempt) {
    if (this.free > 0) this.free -= 1;
    else await new Promise((go) => this.queue.push(go));
    try {
      return await attempt();
    } finally {
      const go = this.queue.shift();
      if (go) go();
      else this.free += 1;
    }
  }

  pause(seconds, signal) {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting.delete(end);
        if (signal?.aborted) reject(signal.reason);
        else resolve();
      };
      const timer = setTimeout(end, seconds * 1000);
      this.waiting.add(end);
      signal?.addEventListener("abort", end, { once: true });
    });
  }
}

/** Return a run spec as a part of a path: what is escaped in a typed text would else be unescaped on the way. */
function inPath(spec) {
  return spec.replaceAll("%", "%25");
}

async function attemptOnce(url, signal) {
  let response;
  try {
    response = await fetch(url, { signal, credentials: "same-origin" });
    if (response.ok) return { payload: await response.json() };
  } catch (error) {
    if (signal?.aborted) throw error;
    return { kind: "offline" };
  }
  if (response.status === 503 || response.status === 429) {
    return { kind: "busy", pause: Number(response.headers.get("Retry-After")) || undefined };
  }
  if (response.status >= 500) return { kind: "failed" };
  if (response.status === 410) throw new Outdated();
  const explanation = await response.json().catch(() => ({}));
  throw new Refused(explanation.error ?? String(response.status));
}
