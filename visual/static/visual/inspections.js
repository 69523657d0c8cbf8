/** What is inside one layer, gate by gate: fetched when it is looked at, the latest kept. */

const KEPT = 60;

/** The inspections of all runs that were looked at; the oldest is forgotten first. */
export class Inspections {
  constructor(api) {
    this.api = api;
    this.known = new Map(); // key → inspection
    this.loading = new Map(); // key → promise
  }

  get(spec, epoch, layer) {
    return this.known.get(key(spec, epoch, layer)) ?? null;
  }

  /** Return the inspection, fetched when it is not known. */
  load(spec, epoch, layer) {
    const name = key(spec, epoch, layer);
    if (this.known.has(name)) return Promise.resolve(this.known.get(name));
    if (!this.loading.has(name)) {
      const request = this.api.inspection(spec, epoch, layer).then((inspection) => {
        this.known.set(name, inspection);
        if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value);
        return inspection;
      }).finally(() => this.loading.delete(name));
      this.loading.set(name, request);
    }
    return this.loading.get(name);
  }
}

function key(spec, epoch, layer) {
  return `${spec}|${epoch}|${layer}`;
}
