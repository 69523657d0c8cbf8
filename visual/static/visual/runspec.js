/** The canonical address of a run: parse, print, edit. The server checks the bounds (visual/runspec.py). */

const FIELDS = ["data", "cell", "layers", "units", "optimizer", "learning_rate", "batch_size", "noise", "seed"];
const WORDS = ["data", "cell", "optimizer"];
const EDITABLE = ["learning_rate", "batch_size", "noise"];

/** The last epoch that a run can reach. */
export const LAST_EPOCH = 300;

/** Return the run that `spec` names: its fields, and `edits` [{epoch, learning_rate?, batch_size?, noise?}]. */
export function parseRun(spec) {
  const [base, ...edits] = spec.split("@");
  const run = fieldsOf(base.split(";"), FIELDS);
  const missing = FIELDS.find((name) => !(name in run));
  if (missing) throw new RangeError(`the run has no ${missing}: ${spec}`);
  run.edits = edits.map((text) => {
    const [epoch, ...changes] = text.split(",");
    return { epoch: Number(epoch), ...fieldsOf(changes, EDITABLE) };
  });
  return run;
}

/** Return the canonical text of `run`. */
export function printRun(run) {
  const base = FIELDS.map((name) => `${name}=${run[name]}`).join(";");
  return base + run.edits.map((edit) => {
    const changes = EDITABLE.filter((name) => name in edit).map((name) => `${name}=${edit[name]}`);
    return `@${[edit.epoch, ...changes].join(",")}`;
  }).join("");
}

/** Return the learning rate, batch size and noise that epoch `epoch` + 1 is trained with. */
export function settingsAfter(run, epoch) {
  const inForce = run.edits.filter((edit) => edit.epoch <= epoch);
  return Object.fromEntries(EDITABLE.map((name) => {
    const edit = inForce.findLast((candidate) => name in candidate);
    return [name, edit ? edit[name] : run[name]];
  }));
}

/** Return `run` with `name` set to `value` from epoch `epoch` + 1 on; what was edited later is dropped. */
export function editRun(run, epoch, name, value) {
  const rounded = roundSetting(name, value);
  if (epoch === 0) return { ...run, [name]: rounded, edits: [] };
  const edits = run.edits.filter((edit) => edit.epoch < epoch);
  const settings = { ...settingsAfter(run, epoch), [name]: rounded };
  const before = settingsAfter({ ...run, edits }, epoch);
  const changed = EDITABLE.filter((key) => settings[key] !== before[key]);
  if (changed.length > 0) {
    edits.push({ epoch, ...Object.fromEntries(changed.map((key) => [key, settings[key]])) });
  }
  return { ...run, edits };
}

function roundSetting(name, value) {
  if (name === "learning_rate") return Number(value.toPrecision(3));
  if (name === "noise") return Number(value.toFixed(2));
  return Math.round(value);
}

function fieldsOf(pairs, known) {
  return Object.fromEntries(pairs.map((pair) => {
    const [name, value] = pair.split("=");
    if (!known.includes(name)) throw new RangeError(`unknown field ${name}`);
    const parsed = WORDS.includes(name) ? value : Number(value);
    if (Number.isNaN(parsed) || value === undefined) throw new RangeError(`${name} has no usable value`);
    return [name, parsed];
  }));
}
