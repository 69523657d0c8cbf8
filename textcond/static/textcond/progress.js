// How much of the text is behind the reader, and about how long the rest takes, by its words; what opens on demand
// is not counted.

const WORDS_A_MINUTE = 200; // of careful reading

/** Return `show(line)`: it tells how much of `sections` lies above the line, `line` pixels down the screen. */
export function progress(page, sections) {
  const root = page.querySelector("[data-progress]");
  const words = sections.map((section) => {
    const deeper = section.querySelector("[data-deeper]");
    return count(section) - (deeper ? count(deeper) : 0);
  });
  const all = words.reduce((sum, each) => sum + each, 0);
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
  root.hidden = false;

  return function show(line) {
    let behind = 0;
    for (const [index, section] of sections.entries()) {
      const { top, height } = section.getBoundingClientRect();
      behind += words[index] * Math.min(1, Math.max(0, (line - top) / height));
    }
    const share = scrollY + innerHeight >= document.body.scrollHeight - 2 ? 1 : behind / all;
    const minutes = Math.ceil(((1 - share) * all) / WORDS_A_MINUTE);
    root.querySelector("[data-progress-words]").textContent = share === 1
      ? root.dataset.end : root.dataset.text.replace("{percent}", percent.format(share)).replace("{minutes}", minutes);
    root.querySelector("[data-progress-bar]").style.width = `${share * 100}%`;
  };
}

function count(element) {
  return element.textContent.trim().split(/\s+/).length;
}
