// Keeps the numbers of the overview up to date: asks every 15 seconds while the page is seen, and not at all otherwise.
const EVERY_MS = 15_000;
const region = document.querySelector("[data-live]");
const status = document.querySelector("[data-live-status]");
let etag = "";

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(region.dataset.live, { headers: etag ? { "If-None-Match": etag } : {} });
    if (answer.redirected) { location.reload(); return; } // logged out meanwhile
    if (answer.ok) show(await answer.text());
    if (answer.ok || answer.status === 304) {
      etag = answer.headers.get("ETag") || etag;
      return;
    }
  } catch { /* no connection: said below */ }
  status.textContent = status.dataset.lost;
}

function show(html) {
  const isFirst = !etag;
  const open = [...region.querySelectorAll("details")].map((details) => details.open);
  const focused = region.contains(document.activeElement);
  if (focused) return; // nobody's place is taken away from under their keys; the next time will do
  region.innerHTML = html;
  region.querySelectorAll("details").forEach((details, index) => { details.open = open[index] ?? false; });
  region.dispatchEvent(new Event("shown"));
  if (!isFirst) status.textContent = `${status.dataset.updated} ${new Date().toLocaleTimeString()}`;
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
