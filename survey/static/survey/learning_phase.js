// The learning phase's clock. The server keeps the time; this only shows it, and leads on when it is over.
import { countDown, holdBack, reloadAfterSleep } from "./clock.js";
import { sendWhenReached } from "./reach.js";

const form = document.querySelector("[data-learning-phase]");
const clock = form.querySelector("[data-clock]");
const announcement = form.querySelector("[data-clock-announcement]");
const waiting = form.querySelector("[data-wait]");
let over = false;

form.querySelector("[data-clock-suffix]").hidden = false;
if (waiting) holdBack(waiting, form.querySelector("[data-wait-note]")); // before it is asked whether to end
form.addEventListener("submit", (event) => {
  if (!over && !event.defaultPrevented && !confirm(form.dataset.confirm)) event.preventDefault();
});
sendWhenReached(form);
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
reloadAfterSleep();
countDown(Number(form.dataset.secondsLeft), (text, seconds) => {
  clock.textContent = text;
  form.toggleAttribute("data-soon", seconds <= 120);
  if (seconds === 300) announcement.textContent = announcement.dataset.five;
  if (seconds === 60) announcement.textContent = announcement.dataset.one;
  if (seconds > 0) return;
  over = true;
  form.requestSubmit();
  setInterval(() => form.requestSubmit(), 10000); // until the next page is here
});
