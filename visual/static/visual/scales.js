/** Turn values into positions, ticks and colours. */

/** Return a function from `domain` to `range`, linear. */
export function linear([low, high], [from, to]) {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

/** Return a function from `domain` (positive) to `range`, logarithmic; outside the domain it stays at the border. */
export function logarithmic([low, high], [from, to]) {
  const position = linear([Math.log10(low), Math.log10(high)], [from, to]);
  return (value) => position(Math.log10(Math.min(high, Math.max(low, value))));
}

/** Return about `count` round numbers from `low` to `high`. */
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((size) => size >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Return the powers of ten from `low` to `high`. */
export function decades(low, high) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(`1e${first + index}`));
}

/** Return the CSS colour of a signed value, −1 to 1, on the diverging scale. */
export function diverging(value) {
  const side = value < 0 ? "negative" : "positive";
  return mixed(`var(--diverging-${side})`, Math.abs(value), "var(--diverging-middle)");
}

/** Return the CSS colour of a gate's value, 0 to 1, from the page's surface to the gate's own hue. */
export function shade(quantity, value) {
  return mixed(`var(--${quantity.replaceAll("_", "-")})`, value, "var(--surface-raised)");
}

/** Return the CSS colour of how much there is of something, 0 to 1, from the page's surface to ink. */
export function intensity(share) {
  return mixed("var(--ink)", share, "var(--target-soft)");
}

function mixed(hue, share, ground) {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  return `color-mix(in oklab, ${hue} ${percent}%, ${ground})`;
}
