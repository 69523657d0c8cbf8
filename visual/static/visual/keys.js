/** Keys that count on the page as a whole; a focused control keeps its own, and a picture that scrolls keeps its arrows. */

const CONTROLS = "a, button, input, select, textarea, summary, [contenteditable]";
const SCROLLED = '[tabindex="0"]';
const STORED = "explornn.symbol-keys";

/**
 * Call `acts[key]()` for each key named there ("Shift+ArrowLeft" and so on), `symbols[key]()` for those that are a
 * character, which can be switched off in `dialog`: who dictates or presses keys by mistake needs that.
 */
export function connectKeys({ dialog, opener, acts, symbols }) {
  const choice = dialog.querySelector("input");
  choice.checked = localStorage.getItem(STORED) !== "off";
  choice.addEventListener("change", () => localStorage.setItem(STORED, choice.checked ? "on" : "off"));
  opener?.addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || document.querySelector("dialog[open]")) return;
    const isArrow = event.key.startsWith("Arrow");
    const key = event.shiftKey && isArrow ? `Shift+${event.key}` : event.key;
    if (key === "Escape") return acts.Escape();
    const act = acts[key] ?? (choice.checked ? symbols[key] : undefined);
    if (!act || event.target.closest?.(CONTROLS) || (isArrow && event.target.closest?.(SCROLLED))) return;
    event.preventDefault(); // the page would scroll
    if (!event.repeat || isArrow) act();
  });
}
