// Logs reading as fairly as exploring is logged: which chapter is on the screen, how far down, and when.
import { recorder } from "../survey/events.js";

const SETTLED_MS = 600;

const page = document.querySelector(".text-page");
const record = recorder({
  url: page.dataset.events,
  participant: page.dataset.participant,
  token: document.querySelector("[name=csrfmiddlewaretoken]").value,
});
const chapters = [...page.querySelectorAll("[data-chapter]")];
const links = new Map([...page.querySelectorAll(".text-contents a")].map((link) => [link.hash.slice(1), link]));
let open = "";
let timer = 0;

addEventListener("scroll", () => {
  clearTimeout(timer);
  timer = setTimeout(settled, SETTLED_MS);
}, { passive: true });

// On a narrow screen the contents would push the text away: closed there until asked for.
const contents = page.querySelector(".text-contents details");
if (matchMedia("(width <= 1000px)").matches) contents.open = false;

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
}

/** Show in the contents where the reader is. */
function markPlace() {
  const here = currentOf([...page.querySelectorAll(".concept")]);
  for (const [id, link] of links) {
    if (id === here.id) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  }
}

/** Return the last section that begins above the upper third of the screen. */
function currentOf(sections) {
  return sections.findLast((section) => section.getBoundingClientRect().top < innerHeight / 3) ?? sections[0];
}
