// Keeps what is typed: saved on the server while typing, in this browser while the server cannot be reached.
import { countDown, holdBack, reloadAfterSleep } from "./clock.js";
import { sendWhenReached } from "./reach.js";

const SAVE_AFTER_MS = 800;
const RETRY_AFTER_MS = 5000;

// First of all: what is held back is not sent, so nothing else may take it for sent.
const waiting = document.querySelector("[data-wait]");
if (waiting) holdBack(waiting, document.getElementById("wait"));

const form = document.querySelector("form[data-draft]");
if (form) keepDraft(form);

const errors = document.querySelector("[data-errors]");
if (errors) errors.focus();

// A page sent twice is harmless, but a greyed button says that the click was heard.
for (const each of document.querySelectorAll("main form")) {
  each.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    const button = each.querySelector("[type=submit]");
    setTimeout(() => { button.disabled = true; });
    setTimeout(() => { button.disabled = false; }, 8000);
  });
  const status = each.querySelector("[data-draft-status]");
  if ((status ?? each).dataset.offline) sendWhenReached(each, status);
}

const time = document.querySelector(".study-time");
if (time) limit(time, document.querySelector("main form[method=post]"));

// Coming back by the browser's own memory shows an old page: ask the server where we stand.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

/** Show the time left; when it is over, send what there is: the server keeps it and leads on. */
function limit(time, form) {
  const announcement = time.querySelector("[data-clock-announcement]");
  reloadAfterSleep();
  countDown(Number(time.dataset.secondsLeft), (text, left) => {
    time.querySelector("[data-clock]").textContent = text;
    time.toggleAttribute("data-soon", left <= 60);
    if (left === 300) announcement.textContent = announcement.dataset.five;
    if (left === 60) announcement.textContent = announcement.dataset.one;
    if (left === 0) form.requestSubmit();
  });
}

function keepDraft(form) {
  const status = form.querySelector("[data-draft-status]");
  let timer = 0;
  let sent = JSON.stringify(values());
  let submitting = false;

  form.addEventListener("input", () => schedule(SAVE_AFTER_MS));
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    submitting = true;
    clearTimeout(timer);
  });
  addEventListener("online", () => schedule(0));
  addEventListener("pagehide", () => { if (!submitting) save(true); });

  function schedule(delay) {
    submitting = false;
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  }

  function values() {
    const found = {};
    for (const [name, value] of new FormData(form)) {
      if (name === "csrfmiddlewaretoken") continue;
      const many = form.querySelector(`[name="${name}"]`).type === "checkbox";
      if (many) (found[name] ??= []).push(value);
      else found[name] = value;
    }
    return found;
  }

  async function save(leaving = false) {
    const body = JSON.stringify(values());
    if (body === sent) return;
    try {
      const response = await fetch(form.dataset.draft, {
        method: "POST",
        keepalive: leaving === true,
        headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
        body: `{"values":${body}}`,
      });
      if (response.status === 409) return; // sent in another tab: this page is no longer the current one
      if (!response.ok) throw new Error(String(response.status));
      sent = body;
      status.textContent = status.dataset.saved;
    } catch {
      if (leaving === true) return;
      status.textContent = status.dataset.offline;
      schedule(RETRY_AFTER_MS);
    }
  }
}
