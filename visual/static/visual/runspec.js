/** The canonical address of a run: parse, print, edit. The server checks the bounds (visual/runspec.py). */

const FIELDS = ["data", "cell", "layers", "units", "optimizer", "clip", "learning_rate", "batch_size", "noise", "seed"];
const OPTIONAL = ["clip"];
const WORDS = ["data", "cell", "optimizer"];
const EDITABLE = ["learning_rate", "batch_size", "noise"];

/** The last epoch that a run can reach. */
export const LAST_EPOCH = 300;

/** What `run.data` of a learner's own text begins with; the text follows, as `typedText` gives it. */
export const TYPED = "text:";
/** The symbols that such a text is made of, its shortest and longest length, and how many different ones it has. */
export const TYPED_SYMBOLS = "abcdefghijklmnopqrstuvwxyzäöüß0123456789 .,:!?'-";
export const TYPED_LENGTH = [2, 60];
export const TYPED_VARIETY = [2, 24];

/** Return what a learner typed as it is trained on, or throw a RangeError whose `cause` says what is wrong with it. */
export function typedText(typed) {
  const text = typed.normalize("NFC").toLowerCase();
  const foreign = [...text].find((symbol) => !TYPED_SYMBOLS.includes(symbol));
  if (foreign !== undefined) throw new RangeError(`the text has ${foreign}`, { cause: { kind: "symbol", symbol: foreign } });
  const different = new Set(text).size;
  if (!isWithin(text.length, TYPED_LENGTH)) throw new RangeError(`the text has ${text.length} symbols`, { cause: { kind: "length" } });
  if (!isWithin(different, TYPED_VARIETY)) throw new RangeError(`the text has ${different} different symbols`, { cause: { kind: "variety" } });
  return text;
}

/** Return what is known of the data set `data` in `dataSets`, by name; those of a learner's own text stand under TYPED. */
export function dataSetOf(data, dataSets) {
  return dataSets[data.startsWith(TYPED) ? TYPED : data];
}

/** Return the run that `spec` names: its fields, and `edits` [{epoch, learning_rate?, batch_size?, noise?}]. */
export function parseRun(spec) {
  const [base, ...edits] = spec.split("@");
  const run = fieldsOf(base.split(";"), FIELDS);
  const missing = FIELDS.find((name) => !(name in run) && !OPTIONAL.includes(name));
  if (missing) throw new RangeError(`the run has no ${missing}: ${spec}`);
  run.edits = edits.map((text) => {
    const [epoch, ...changes] = text.split(",");
    return { epoch: Number(epoch), ...fieldsOf(changes, EDITABLE) };
  });
  return run;
}

/** Return the canonical text of `run`. */
export function printRun(run) {
  const given = FIELDS.filter((name) => name in run);
  const base = given.map((name) => `${name}=${name === "data" ? escaped(run.data) : run[name]}`).join(";");
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

function isWithin(number, [low, high]) {
  return low <= number && number <= high;
}

function escaped(data) {
  return data.startsWith(TYPED) ? TYPED + encodeURIComponent(data.slice(TYPED.length)) : data;
}

function unescaped(data) {
  if (!data.startsWith(TYPED)) return data;
  let text;
  try {
    text = decodeURIComponent(data.slice(TYPED.length));
  } catch {
    throw new RangeError(`the text is not percent-encoded: ${data}`);
  }
  return TYPED + typedText(text);
}

function fieldsOf(pairs, known) {
  return Object.fromEntries(pairs.map((pair) => {
    const [name, value] = pair.split("=");
    if (!known.includes(name)) throw new RangeError(`unknown field ${name}`);
    const parsed = WORDS.includes(name) ? value : Number(value);
    if (Number.isNaN(parsed) || value === undefined) throw new RangeError(`${name} has no usable value`);
    return [name, name === "data" ? unescaped(parsed) : parsed];
  }));
}
