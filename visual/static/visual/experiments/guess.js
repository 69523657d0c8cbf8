/** A learner's guess in the address, and how far it is from the truth. */

/** Return {id, values, marked, revealed, skipped} as `text` says; `prompts` are those that there are. */
export function readGuess(text, prompts) {
  const said = Object.fromEntries(text.split(";").map((pair) => pair.split("=")));
  const prompt = prompts.find(({ id }) => id === said.prompt);
  if (!prompt) return null;
  const [first, last] = prompt.steps;
  const values = (said.values ?? "").split(",").map((value) => (value === "" || Number.isNaN(Number(value)) ? null : Number(value)));
  return {
    id: prompt.id,
    values: Array.from({ length: last - first + 1 }, (_, index) => values[index] ?? null),
    marked: (said.marked ?? "").split(",").map(Number).filter((step) => step >= first && step <= last),
    revealed: said.revealed === "1",
    skipped: said.skipped === "1",
  };
}

/** Return the text of a guess. */
export function writeGuess({ id, values, marked, revealed, skipped }) {
  const parts = [`prompt=${id}`];
  if (values.some((value) => value !== null)) parts.push(`values=${values.map((value) => value ?? "").join(",")}`);
  if (marked.length > 0) parts.push(`marked=${marked.join(",")}`);
  if (revealed) parts.push("revealed=1");
  if (skipped) parts.push("skipped=1");
  return parts.join(";");
}

/** Return `values` with a straight stroke from one point ([index, value], or null) to another. */
export function stroked(values, from, to) {
  const [end, value] = to;
  const [start, before] = from ?? to;
  const drawn = [...values];
  for (let index = Math.min(start, end); index <= Math.max(start, end); index += 1) {
    const share = start === end ? 1 : (index - start) / (end - start);
    drawn[index] = Number((before + share * (value - before)).toFixed(2));
  }
  return drawn;
}

/** Return the mean distance of two curves. */
export function meanDistance(one, other) {
  return one.reduce((sum, value, index) => sum + Math.abs(value - other[index]), 0) / one.length;
}

/** Return the steps from `first` to `last` at which `gate` (its values from step 1) is in `state`. */
export function stepsIn(gate, { steps: [first, last], state }, openFrom) {
  return gate.map((value, index) => [index + 1, value >= openFrom ? "open" : "closed"])
    .filter(([step, is]) => step >= first && step <= last && is === state).map(([step]) => step);
}

/** Return how many steps are wrongly marked or missed. */
export function misses(marked, answer) {
  return marked.filter((step) => !answer.includes(step)).length + answer.filter((step) => !marked.includes(step)).length;
}
