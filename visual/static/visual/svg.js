/** Draw SVG by hand: a drawing function can run again on the same root and changes only what differs. */

const NAMESPACE = "http://www.w3.org/2000/svg";
const MATH = "http://www.w3.org/1998/Math/MathML";

/** Return `options` over `defaults`; an option that the view does not know throws, naming it. */
export function checked(defaults, options, view) {
  for (const name of Object.keys(options)) {
    if (!(name in defaults)) throw new TypeError(`${view}: unknown option "${name}"`);
  }
  return { ...defaults, ...options };
}

/** Set attributes where they differ; `text` sets the text, `style` an object of CSS properties. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") {
      if (element.textContent !== String(value)) element.textContent = value;
    } else if (name === "style") {
      for (const [property, css] of Object.entries(value)) setStyle(element, property, css);
    } else if (value === null || value === undefined || value === false) {
      element.removeAttribute(name);
    } else if (element.getAttribute(name) !== String(value)) {
      element.setAttribute(name, value);
    }
  }
  return element;
}

/** Return the child of `parent` whose data-part is `name`, made when it is missing, with `attributes` set. */
export function part(parent, tag, name, attributes = {}) {
  let element = null;
  for (const child of parent.children) {
    if (child.dataset.part === name) {
      element = child;
      break;
    }
  }
  if (element === null) {
    element = append(parent, tag);
    element.dataset.part = name;
  }
  return set(element, attributes);
}

/** Make `parent` hold exactly one `tag` for each item, in order, and call `update(element, item, index)`. */
export function join(parent, tag, items, update) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  items.forEach((item, index) => update(parent.children[index] ?? append(parent, tag), item, index));
}

/** Return the one SVG of `root` at `width` × `height` CSS pixels, announced as a picture called `label`. */
export function picture(root, { width, height, label }) {
  return part(root, "svg", "picture", {
    viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label, focusable: "false",
  });
}

/** Write `base` with a subscript into a text element: c with t−1 below it. */
export function subscripted(element, base, index, tail = "") {
  const pieces = [[base, 0, 1], [index, 3, 0.75], [tail, -3, 1]];
  join(element, "tspan", pieces, (span, [text, shift, size]) => {
    set(span, { text, dy: text === "" ? null : shift, "font-size": size === 1 ? null : `${size}em` });
  });
}

/** Return the path through `points` ([x, y] in CSS pixels), rounded to a tenth. */
export function polyline(points) {
  return points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

/** Return `value` to a tenth of a pixel. */
export function round(value) {
  return Math.round(value * 10) / 10;
}

function append(parent, tag) {
  const namespace = tag === "svg" ? NAMESPACE : tag === "math" ? MATH : parent.namespaceURI;
  return parent.appendChild(document.createElementNS(namespace, tag));
}

function setStyle(element, property, css) {
  if (element.style.getPropertyValue(property) !== css) element.style.setProperty(property, css);
}
