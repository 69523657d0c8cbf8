// Sends a form once the server can be reached; until then the page stays as it is and says so. Sent by the browser
// without a connection, a form would give way to the browser's own error page.
const RETRY_AFTER_MS = 5000;
const TIMEOUT_MS = 15000;

/** Hold `form` back while the server cannot be reached; `status` shows the text of its own or the form's `data-offline`. */
export function sendWhenReached(form, status) {
  const { offline } = (status ?? form).dataset;
  let sending = false;

  form.addEventListener("submit", async (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    if (sending) return;
    sending = true;
    while (!(await reached())) {
      status ??= note(form);
      status.textContent = offline;
      await connectionOrPause();
    }
    if (status) status.textContent = "";
    send(form, event.submitter);
    // The next page is on its way; if it does not come, a second click asks for it again.
    setTimeout(() => { sending = false; }, RETRY_AFTER_MS);
  });
}

async function reached() {
  try {
    await fetch(import.meta.url, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    return true;
  } catch {
    return false;
  }
}

function connectionOrPause() {
  return new Promise((resolve) => {
    setTimeout(resolve, RETRY_AFTER_MS);
    addEventListener("online", resolve, { once: true });
  });
}

/** Send at once, without asking the listeners again; `submitter` is the button, whose name and value go along. */
function send(form, submitter) {
  if (submitter?.name) {
    const pressed = document.createElement("input");
    Object.assign(pressed, { type: "hidden", name: submitter.name, value: submitter.value });
    form.append(pressed);
  }
  HTMLFormElement.prototype.submit.call(form);
}

function note(form) {
  const made = document.createElement("p");
  made.className = "notice";
  made.setAttribute("role", "status");
  form.after(made);
  return made;
}
