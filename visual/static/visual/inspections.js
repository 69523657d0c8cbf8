/** What is inside one layer, gate by gate: fetched when it is looked at, the latest kept. */

const KEPT = 60;

/** The inspections of all runs that were looked at; the oldest is forgotten first. */
export class Inspections {
  /** `arrived(error)` is called when an inspection has come, or has failed for good. */
  constructor(api, arrived) {
    this.api = api;
    this.arrived = arrived;
    this.known = new Map(); // key → inspection
    this.fetching = false;
  }

  /**
   * Return the inspection, or null when it is not known yet; then it is fetched. One at a time: fast playback
   * skips those that it cannot have, because `arrived` asks again for what is on the screen by then.
   */
  wanted(spec, epoch, layer) {
    const name = `${spec}|${epoch}|${layer}`;
    const inspection = this.known.get(name) ?? null;
    if (inspection === null && !this.fetching) this.ask(name, spec, epoch, layer);
    return inspection;
  }

  async ask(name, spec, epoch, layer) {
    this.fetching = true;
    let failure = null;
    try {
      this.known.set(name, await this.api.inspection(spec, epoch, layer));
      if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value);
    } catch (error) {
      failure = error;
    }
    this.fetching = false;
    this.arrived(failure);
  }
}
