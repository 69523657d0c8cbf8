/** Write numbers as the page's language does. */

const MINUS = "\u2212";

/** Return `value` with `digits` decimals and a real minus sign. */
export function decimal(value, digits = 2) {
  return localized(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Return `value` with its sign always shown, as in +0.32. */
export function signed(value, digits = 2) {
  return localized(value, {
    minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: "exceptZero",
  });
}

/** Return what the network reads or says, for people: a number with two decimals, or a character (a space: ␣). */
export function shown(value) {
  return typeof value === "number" ? decimal(value) : value === " " ? "␣" : value;
}

/** Return a loss or a rate with three significant digits, as in 0.0121. */
export function significant(value, digits = 3) {
  return localized(value, { maximumSignificantDigits: digits, useGrouping: false });
}

/** Return a difference with its sign and three significant digits, as in +0.0121. */
export function difference(value, digits = 3) {
  return localized(value, { maximumSignificantDigits: digits, useGrouping: false, signDisplay: "exceptZero" });
}

/** Return a share as per cent, with two significant digits; a tiny one as a power of ten. */
export function percent(share) {
  if (share > 0 && share < 1e-4) return power(share);
  return localized(share, { style: "percent", maximumSignificantDigits: 2 });
}

/** Return a whole number with the language's grouping. */
export function whole(value) {
  return localized(value, { maximumFractionDigits: 0 });
}

/** Return a small positive number as a mantissa and a power of ten: [3.2, −4]. */
export function scientific(value) {
  if (!(value > 0)) return [0, 0];
  const [mantissa, exponent] = value.toExponential(1).split("e");
  return [Number(mantissa), Number(exponent)];
}

/** Return a small positive number on one line, as in 3.2·10⁻⁴. */
export function power(value) {
  const [mantissa, exponent] = scientific(value);
  if (mantissa === 0) return "0";
  if (exponent >= -2 && exponent <= 2) return significant(value, 2);
  return `${decimal(mantissa, 1)}·10${superscript(exponent)}`;
}

/** Return `text` with each {name} replaced by `values[name]`. */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole_match, name) => {
    if (!(name in values)) throw new RangeError(`no value for {${name}} in "${text}"`);
    return values[name];
  });
}

/** Return a power of ten: 0.1 and its like as they are, 10⁻⁸ and its like by their exponent. */
export function powerOfTen(value) {
  return value >= 0.001 && value <= 1000 ? significant(value, 1) : `10${superscript(Math.round(Math.log10(value)))}`;
}

/** Return an integer in superscript characters. */
export function superscript(integer) {
  return String(integer).replace(/[-0-9]/g, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)]));
}

// A memo: making a formatter takes longer than all the drawing that needs it.
const formatters = new Map();

function localized(value, options) {
  const language = document.documentElement.lang || "en";
  const key = `${language} ${Object.values(options).join(" ")} ${Object.keys(options).join(" ")}`;
  if (!formatters.has(key)) formatters.set(key, new Intl.NumberFormat(language, options));
  return formatters.get(key).format(value).replace("-", MINUS);
}
