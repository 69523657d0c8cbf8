/** In what two runs of one data set differ, and how an address says it: only what differs, in the run's own spelling. */

import { parseRun, printRun } from "../runspec.js";

/** What runs that are compared may differ in. */
export const FIELDS = ["cell", "layers", "units", "optimizer", "clip", "learning_rate", "batch_size", "noise", "seed"];
const EDIT = "~"; // in the page's address, for the @ of a run's

/** Return [[field, value of one, value of other]] where the runs differ; what changed on the way is one field, "edits". */
export function differences(one, other) {
  const found = FIELDS.filter((name) => one[name] !== other[name]).map((name) => [name, one[name], other[name]]);
  if (editsOf(one) !== editsOf(other)) found.push(["edits", editsOf(one), editsOf(other)]);
  return found;
}

/** Return what an address says of `other` beside `run`: "learning_rate=0.1;seed=2", and its edits where they differ. */
export function writeDifference(run, other) {
  return differences(run, other).map(([name, , value]) => (
    name === "edits" ? `edits=${value.replaceAll("@", EDIT)}` : `${name}=${value ?? ""}`
  )).join(";");
}

/** Return the run that `text` names beside `run`; a text that names none throws a RangeError. */
export function readDifference(run, text) {
  const [fields, edits] = text.split("edits=");
  const changed = Object.fromEntries(fields.split(";").filter(Boolean).map((pair) => pair.split("=")));
  const unknown = Object.keys(changed).find((name) => !FIELDS.includes(name));
  if (unknown) throw new RangeError(`runs that are compared do not differ in ${unknown}`);
  const other = { ...run, ...changed, edits: edits === undefined ? run.edits : [] };
  if (other.clip === "") delete other.clip;
  return parseRun(printRun(other) + (edits ?? "").replaceAll(EDIT, "@"));
}

function editsOf(run) {
  return printRun(run).slice(printRun({ ...run, edits: [] }).length);
}
