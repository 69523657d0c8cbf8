/** What several runs of one setting have in common: the median over the seeds, and how far they spread. */

/** Return the `share` quantile of `values`, between neighbours in proportion (as NumPy's does). */
export function quantile(values, share) {
  const sorted = values.toSorted((one, other) => one - other);
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below] + (place - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
}

/**
 * Return one entry for each epoch that all of `runs` ([[loss at epoch 0, 1, …]]) have reached:
 * {low, median, high} with 10, 50 and 90 per cent of the runs below.
 */
export function bandOf(runs) {
  const reached = runs.length === 0 ? 0 : Math.min(...runs.map((losses) => losses.length));
  return Array.from({ length: reached }, (_, epoch) => {
    const values = runs.map((losses) => losses[epoch]);
    return { low: quantile(values, 0.1), median: quantile(values, 0.5), high: quantile(values, 0.9) };
  });
}
