// Where the reader is: kept in this browser to the line, and for other devices to the concept, by the events.

/** Remember `place` {concept, share of it above the reading line}: it holds for any width. */
export function keepPlace(page, place) {
  try {
    localStorage.setItem(key(page), JSON.stringify({ ...place, at: Date.now() }));
  } catch { /* a browser that keeps nothing: then the events know the concept */ }
}

/** Return the place where the reader was last, on this device or another; null for who has just begun. */
export function keptPlace(page) {
  const { place: concept, placeAt } = page.dataset;
  let here = null;
  try {
    here = JSON.parse(localStorage.getItem(key(page)));
  } catch { /* as above */ }
  if (concept && (!here || here.concept !== concept && Number(placeAt) > here.at)) return { concept, share: 0.02 };
  return here;
}

function key(page) {
  return `explornn.place.${page.dataset.participant}`;
}
