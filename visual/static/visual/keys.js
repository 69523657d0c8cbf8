/** Keys that count on the page as a whole; a focused control keeps its own. */

const CONTROLS = "a, button, input, select, textarea, summary, [contenteditable]";

/** Call `space()` for the space bar when no control has the focus, and `escape()` for Escape. */
export function connectKeys({ space, escape }) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === " " && !event.target.closest?.(CONTROLS)) {
      event.preventDefault(); // the page would scroll
      if (!event.repeat) space();
    } else if (event.key === "Escape") {
      escape();
    }
  });
}
