/** Questions to the engine in their spelling (visual/run_what_if.py), which is also what the address holds. */

/** Return the interventions that `change` names: [{kind, what, layer?, steps?, …}] with texts as values. */
export function readChange(change) {
  if (change === "") return [];
  return change.split("~").map((text) => {
    const [first, ...rest] = text.split(";");
    const [kind, what] = pair(first);
    return { kind, what, ...Object.fromEntries(rest.map(pair)) };
  });
}

/** Return the text of interventions, for the address. */
export function writeChange(interventions) {
  return interventions.map(({ kind, what, ...fields }) => [
    `${kind}=${what}`, ...Object.entries(fields).map(([name, value]) => `${name}=${value}`),
  ].join(";")).join("~");
}

/** Return the query that asks the engine for `change`. */
export function questionOf(change) {
  return change.replaceAll("~", "&");
}

function pair(text) {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
}
