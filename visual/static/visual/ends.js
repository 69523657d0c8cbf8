/** The names of lines stand where the lines end; names that would touch are pushed apart. */

const APART = 16; // pixels between two names

/** Return `names` ([{at, …}], in pixels from above) with `at` changed so that none touch, within `top` and `bottom`. */
export function apart(names, { top, bottom }) {
  const sorted = names.map((name) => ({ ...name })).sort((one, other) => one.at - other.at);
  for (let index = 0; index < sorted.length; index += 1) {
    const least = index === 0 ? top : sorted[index - 1].at + APART;
    sorted[index].at = Math.max(least, sorted[index].at);
  }
  for (let index = sorted.length - 1; index >= 0; index -= 1) {
    const most = index === sorted.length - 1 ? bottom : sorted[index + 1].at - APART;
    sorted[index].at = Math.min(most, sorted[index].at);
  }
  return sorted;
}
