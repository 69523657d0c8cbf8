/** What an inspection says of one time step. */

import { isText, valueRead } from "./snapshot.js";

/** Return the values of every unit at the snapshot's time step; before the first, states are zero. */
export function valuesAt({ run, inspection, step }) {
  const zeros = Array(run.units).fill(0);
  const at = (name, time) => (time < 1 ? zeros : inspection[name][time - 1]);
  const names = Object.keys(inspection).filter((name) => Array.isArray(inspection[name]?.[0]));
  return {
    ...Object.fromEntries(names.map((name) => [name, at(name, step)])),
    cell_state_before: "cell_state" in inspection ? at("cell_state", step - 1) : zeros,
    hidden_state_before: at("hidden_state", step - 1),
  };
}

/** Return the character that layer 1 reads at the snapshot's time step; null in other layers, and where numbers are read. */
export function characterRead(snapshot) {
  return snapshot.layer === 1 && isText(snapshot.sequence) ? valueRead(snapshot, snapshot.step) : null;
}
