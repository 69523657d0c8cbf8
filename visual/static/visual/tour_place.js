/** Where the tour's card stands: beside what it points at, and out of the way of what is to be seen. */

const GAP = 16; // px between the card and what it points at
const NARROW = 700; // px: below it the card lies at the foot of the window, and the page moves instead

/**
 * Put `card` beside `target` (an element, or null), where it covers as little as it can of it and of the elements `kept`.
 * `bar` is what lies over the foot of a narrow window.
 */
export function spot(card, { target, kept, bar }) {
  const isNarrow = innerWidth < NARROW;
  const { width, height } = card.getBoundingClientRect();
  const isOver = bar.getClientRects().length > 0 && getComputedStyle(bar).position === "fixed"; // it is not there in a prompt
  const over = isOver ? bar.getBoundingClientRect().top : innerHeight;
  const low = Math.max(over - height - GAP / 2, GAP / 2);
  if (target && !bar.contains(target)) bringIntoSight(target, kept, GAP, (isNarrow ? low : over) - GAP);
  const box = target?.getBoundingClientRect() ?? new DOMRect(innerWidth / 2, innerHeight / 2, 0, 0);
  const others = kept.map((each) => each.getBoundingClientRect());
  const spots = isNarrow ? [[0, low], [0, GAP / 2]] : beside(box, width, height);
  const placed = spots.map(([left, top], index) => {
    const at = new DOMRect(clamp(left, GAP, innerWidth - width - GAP), clamp(top, GAP / 2, innerHeight - height - GAP / 2), width, height);
    const covered = 4 * covers(at, box) + others.reduce((sum, other) => sum + covers(at, other), 0);
    return { at, cost: covered + (isNarrow ? index : 0) }; // at the foot, unless the head is much better
  });
  const best = placed.reduce((one, each) => (each.cost < one.cost ? each : one));
  card.style.left = `${best.at.left}px`;
  card.style.top = `${best.at.top}px`;
}

/** Return [left, top] of the places beside `box`, then the corners, the nearest to its middle first. */
function beside(box, width, height) {
  const [middle, level] = [box.left + box.width / 2 - width / 2, box.top + box.height / 2 - height / 2];
  const corners = [[0, 0], [innerWidth, 0], [0, innerHeight], [innerWidth, innerHeight]];
  return [
    [box.right + GAP, level], [box.left - width - GAP, level], [middle, box.bottom + GAP], [middle, box.top - height - GAP],
    ...corners.sort((one, other) => Math.hypot(one[0] - middle, one[1] - level) - Math.hypot(other[0] - middle, other[1] - level)),
  ];
}

/**
 * Scroll so that `target` lies between `top` and `bottom`, with those of `kept` that find room there too; where it is
 * taller, so that it begins there.
 */
function bringIntoSight(target, kept, top, bottom) {
  target.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  const boxes = kept.map((each) => each.getBoundingClientRect()).sort((one, other) => one.height - other.height);
  const box = boxes.reduce((all, each) => {
    const [above, below] = [Math.min(all.top, each.top), Math.max(all.bottom, each.bottom)];
    return below - above <= bottom - top ? { top: above, bottom: below } : all;
  }, target.getBoundingClientRect());
  const by = box.top < top ? box.top - top : box.bottom > bottom ? Math.min(box.bottom - bottom, box.top - top) : 0;
  if (by) scrollBy({ top: by, behavior: "instant" });
}

/** Return the share of `box` that `card` covers: of a line of numbers as much as of a large picture. */
function covers(card, box) {
  const across = Math.min(card.right, box.right) - Math.max(card.left, box.left);
  const down = Math.min(card.bottom, box.bottom) - Math.max(card.top, box.top);
  return across > 0 && down > 0 ? (across * down) / (box.width * box.height) : 0;
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), Math.max(low, high));
}
