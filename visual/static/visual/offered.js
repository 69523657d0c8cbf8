/** What of an address an arm shows: a study file may have taken away what it asks for. */

import { printRun } from "./runspec.js";

const WAYS = ["structure", "settings", "tour", "explanations", "experiments"]; // to any other run than the arm's own

/** Return `state` (address.js) as an arm shows it that goes `without` these features; `own` is the state that its page begins with. */
export function asOffered(state, without, own) {
  const isBound = WAYS.every((way) => without.has(way)) && printRun(state.run) !== printRun(own.run);
  return { ...(isBound ? own : state), view: without.has(`${state.view}_view`) ? "network" : state.view };
}
