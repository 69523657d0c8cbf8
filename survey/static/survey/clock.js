// Counts down what the server has counted: the time left, or the time to wait.

/** Call `show(text, seconds)` with m:ss now and every second until `seconds` are over. */
export function countDown(seconds, show) {
  // performance.now() goes on when somebody sets the computer's clock.
  const end = performance.now() + 1000 * seconds;
  tick();

  function tick() {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    show(`${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`, left);
    if (left > 0) setTimeout(tick, (end - performance.now()) % 1000 || 1000);
  }
}

/** Reload when the page comes back from a sleep in which its clock may have stood still. */
export function reloadAfterSleep() {
  const clocksApart = Date.now() - performance.now();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Math.abs(Date.now() - performance.now() - clocksApart) > 5000) location.reload();
  });
}

/** Keep `button` back for its `data-wait` seconds, counted down in `clock`; then `note`, around it, goes. */
export function holdBack(button, note) {
  const form = button.form;
  const clock = note.querySelector("[data-clock]");
  let waiting = true;
  button.setAttribute("aria-disabled", "true"); // it can still be reached, and says what it waits for
  form.addEventListener("submit", (event) => { if (waiting) event.preventDefault(); });
  countDown(Number(button.dataset.wait), (text, left) => {
    clock.textContent = text;
    if (left > 0) return;
    waiting = false;
    button.removeAttribute("aria-disabled");
    note.hidden = true;
  });
}
