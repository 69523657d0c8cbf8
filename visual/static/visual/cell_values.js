/** What an inspection says of one time step. */

/** Return the values of every unit at the snapshot's time step; before the first, states are zero. */
export function valuesAt({ run, inspection, step }) {
  const zeros = Array(run.units).fill(0);
  const at = (name, time) => (time < 1 ? zeros : inspection[name][time - 1]);
  return {
    ...Object.fromEntries([...inspection.parts, "layer_input"].map((name) => [name, at(name, step)])),
    cell_state_before: at("cell_state", step - 1),
    hidden_state_before: at("hidden_state", step - 1),
  };
}
