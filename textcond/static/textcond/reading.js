// Logs reading as fairly as exploring is logged: which chapter is on the screen, how far down, and when.
// Keeps the reader's place, so that whoever comes back by their personal link goes on where they were.
import { recorder } from "../survey/events.js";
import { predictions } from "./predictions.js";

const SETTLED_MS = 600;

const page = document.querySelector(".text-page");
const record = recorder({
  url: page.dataset.events,
  participant: page.dataset.participant,
  token: document.querySelector("[name=csrfmiddlewaretoken]").value,
});
const PLACE = `explornn.place.${page.dataset.participant}`;
const chapters = [...page.querySelectorAll("[data-chapter]")];
const links = new Map([...page.querySelectorAll(".text-contents a")].map((link) => [link.hash.slice(1), link]));
const concepts = [...page.querySelectorAll(".concept")];
let open = "";
let timer = 0;

addEventListener("scroll", () => {
  clearTimeout(timer);
  timer = setTimeout(settled, SETTLED_MS);
}, { passive: true });

// On a narrow screen the contents would push the text away: closed there until asked for.
const contents = page.querySelector(".text-contents details");
if (matchMedia("(width <= 1000px)").matches) contents.open = false;

predictions(page, { record }); // before the place is found again: a page that was turned has another height
returnToPlace();
markPlace();
settled();
addEventListener("scroll", markPlace, { passive: true });

function settled() {
  const chapter = currentOf(chapters);
  if (chapter.id !== open) {
    open = chapter.id;
    record("chapter_opened", { chapter: open });
  }
  const box = chapter.getBoundingClientRect();
  const position = Math.min(1, Math.max(0, (innerHeight - box.top) / box.height));
  record("scrolled", { chapter: open, position: Math.round(position * 1000) / 1000 });
  keepPlace();
}

/** Remember the concept that is read and how much of it lies above the reading line: it holds for any width. */
function keepPlace() {
  const here = currentOf(concepts);
  const box = here.getBoundingClientRect();
  const place = { concept: here.id, share: (innerHeight / 3 - box.top) / box.height };
  try {
    localStorage.setItem(PLACE, JSON.stringify(place));
  } catch { /* a browser that keeps nothing: then every visit begins at the top */ }
}

/** Go to the remembered place, unless the address or the browser itself leads elsewhere. */
function returnToPlace() {
  if (location.hash || scrollY > 0) return;
  let place = null;
  try {
    place = JSON.parse(localStorage.getItem(PLACE));
  } catch { /* as above */ }
  const concept = concepts.find((each) => each.id === place?.concept);
  if (!concept) return;
  const box = concept.getBoundingClientRect();
  scrollTo({ top: scrollY + box.top + place.share * box.height - innerHeight / 3, behavior: "instant" });
}

/** Show in the contents where the reader is. */
function markPlace() {
  const here = currentOf(concepts);
  for (const [id, link] of links) {
    if (id === here.id) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  }
}

/** Return the last section that begins above the upper third of the screen. */
function currentOf(sections) {
  return sections.findLast((section) => section.getBoundingClientRect().top < innerHeight / 3) ?? sections[0];
}
