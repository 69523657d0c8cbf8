// Sends the page's form again once the server is there; a page that was only asked for is loaded again.
const RETRY_AFTER_MS = 5000;

const form = document.querySelector("[data-busy]");
const status = form.querySelector("[data-busy-status]");
setTimeout(retry, RETRY_AFTER_MS);

async function retry() {
  status.textContent = status.dataset.trying;
  try {
    const response = await fetch("/healthz", { cache: "no-store" });
    if (response.ok) {
      if (form.method === "post") form.requestSubmit();
      else location.reload();
      return;
    }
  } catch {
    // Not even the server can be reached: the page stays as it is.
  }
  setTimeout(() => { status.textContent = ""; }, 1000);
  setTimeout(retry, RETRY_AFTER_MS);
}
