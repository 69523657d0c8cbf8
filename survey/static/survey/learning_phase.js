// The learning phase's clock. The server keeps the time; this only shows it, and leads on when it is over.
import { sendWhenReached } from "./reach.js";

const form = document.querySelector("[data-learning-phase]");
const clock = form.querySelector("[data-clock]");
const announcement = form.querySelector("[data-clock-announcement]");
// performance.now() goes on when somebody sets the computer's clock.
const end = performance.now() + 1000 * Number(form.dataset.secondsLeft);
let over = false;

form.querySelector("[data-clock-suffix]").hidden = false;
form.addEventListener("submit", (event) => {
  if (!over && !confirm(form.dataset.confirm)) event.preventDefault();
});
sendWhenReached(form);
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
// A computer that slept may not have counted on: ask the server anew.
const clocksApart = Date.now() - performance.now();
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && Math.abs(Date.now() - performance.now() - clocksApart) > 5000) location.reload();
});
show();

function show() {
  const seconds = Math.max(0, Math.round((end - performance.now()) / 1000));
  clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  form.toggleAttribute("data-soon", seconds <= 120);
  if (seconds === 300) announcement.textContent = announcement.dataset.five;
  if (seconds === 60) announcement.textContent = announcement.dataset.one;
  if (seconds === 0 && !over) {
    over = true;
    form.requestSubmit();
    setInterval(() => form.requestSubmit(), 10000); // until the next page is here
  } else if (seconds > 0) {
    setTimeout(show, (end - performance.now()) % 1000 || 1000);
  }
}
