// Logs reading as fairly as exploring is logged: which chapter is on the screen, how far down, and when.
// Keeps the reader's place, and shows how much is behind them and how much there is still to read.
import { deeperParts } from "../survey/deeper.js";
import { recorder } from "../survey/events.js";
import { predictions } from "./predictions.js";
import { keptPlace, keepPlace } from "./place.js";
import { progress } from "./progress.js";

const SETTLED_MS = 600;

const page = document.querySelector(".text-page");
const record = recorder({
  url: page.dataset.events,
  participant: page.dataset.participant,
  token: document.querySelector("[name=csrfmiddlewaretoken]").value,
});
const chapters = [...page.querySelectorAll("[data-chapter]")];
const contents = page.querySelector(".text-contents");
const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
const concepts = [...page.querySelectorAll(".concept")];
let open = "";
let timer = 0;

addEventListener("scroll", () => {
  clearTimeout(timer);
  timer = setTimeout(settled, SETTLED_MS);
}, { passive: true });

// On a narrow screen the contents would push the text away: closed there until asked for.
if (matchMedia("(width <= 1000px)").matches) contents.querySelector("details").open = false;

predictions(page, { record }); // before the place is found again: a page that was turned has another height
deeperParts(page, {
  opened: (concept) => record("deeper_opened", { concept }), closed: (concept) => record("deeper_closed", { concept }),
});
returnToPlace();
const showProgress = progress(page, concepts);
markPlace();
settled();
addEventListener("scroll", markPlace, { passive: true });

function settled() {
  const chapter = currentOf(chapters);
  const concept = currentOf(concepts);
  if (chapter.id !== open) {
    open = chapter.id;
    record("chapter_opened", { chapter: open });
  }
  const box = chapter.getBoundingClientRect();
  const position = Math.min(1, Math.max(0, (innerHeight - box.top) / box.height));
  record("scrolled", { chapter: open, position: Math.round(position * 1000) / 1000, concept: concept.id });
  const { top, height } = concept.getBoundingClientRect();
  keepPlace(page, { concept: concept.id, share: (readingLine() - top) / height });
}

/** Go to the place where the reader was, unless the address or the browser itself leads elsewhere. */
function returnToPlace() {
  if (location.hash || scrollY > 0) return;
  const place = keptPlace(page);
  const concept = concepts.find((each) => each.id === place?.concept);
  if (!concept || concept === concepts[0] && place.share < 0) return;
  const { top, height } = concept.getBoundingClientRect();
  scrollTo({ top: scrollY + top + place.share * height - readingLine(), behavior: "instant" });
}

/** Show in the contents where the reader is; a long list follows. */
function markPlace() {
  const here = links.get(currentOf(concepts).id);
  showProgress(readingLine());
  if (here.hasAttribute("aria-current")) return;
  for (const link of links.values()) link.removeAttribute("aria-current");
  here.setAttribute("aria-current", "location");
  const [list, link] = [contents.getBoundingClientRect(), here.getBoundingClientRect()];
  if (link.top < list.top || link.bottom > list.bottom) contents.scrollTop += link.top - list.top - list.height / 3;
}

/** Return the last section that begins above the reading line. */
function currentOf(sections) {
  return sections.findLast((section) => section.getBoundingClientRect().top < readingLine()) ?? sections[0];
}

function readingLine() {
  return innerHeight / 3;
}
