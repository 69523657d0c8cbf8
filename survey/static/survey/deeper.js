/** The parts of the explanations that go deeper: they open on demand, in every condition alike, and on paper. */

/** Call `opened(id)` and `closed(id)` with the concept whose deeper part in `root` the learner opens or closes. */
export function deeperParts(root, { opened, closed }) {
  const parts = [...root.querySelectorAll("[data-deeper]")];
  for (const part of parts) {
    // By the summary alone: what printing opens is no act of the learner.
    part.querySelector("summary").addEventListener("click", () => (part.open ? closed : opened)(part.dataset.deeper));
  }
  let unprinted = [];
  addEventListener("beforeprint", () => {
    unprinted = parts.filter((part) => !part.open);
    for (const part of unprinted) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of unprinted) part.open = false; });
}
