/** How the learner has done with the prompts so far, kept for this tab; a kind with enough successes is no longer asked. */

const KEY = "visual.predictions";

/** Return the outcomes by prompt: {id: true for a success, false else}. Only the first try at a prompt counts. */
export function outcomes() {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf())) ?? {};
  } catch {
    return {}; // the browser keeps nothing for us, or something else wrote there
  }
}

/** Remember the first outcome of a prompt. */
export function remember(id, success) {
  const known = outcomes();
  if (id in known) return;
  try {
    sessionStorage.setItem(keyOf(), JSON.stringify({ ...known, [id]: success }));
  } catch {
    // Then the prompts simply do not fade.
  }
}

/** Return how many prompts of `kind` succeeded. */
export function successes(prompts, kind, known = outcomes()) {
  return prompts.filter((prompt) => prompt.kind === kind && known[prompt.id]).length;
}

/** Return the next prompt that is asked without being looked for, or null: not tried yet, and its kind has not faded. */
export function nextPrompt(prompts, fading, known = outcomes()) {
  return prompts.find(({ id, kind }) => !(id in known) && successes(prompts, kind, known) < fading) ?? null;
}

function keyOf() {
  return `${KEY}.${document.body.dataset.participant ?? "free"}`;
}
