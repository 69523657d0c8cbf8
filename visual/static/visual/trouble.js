/** The message for what does not work just now; the page stays as it is. */

import { filled } from "./format.js";

/** Show `trouble` ({kind, seconds or reason}) above the views of `screen`, or that there is none (null). */
export function showTrouble(screen, trouble) {
  const box = screen.role("trouble");
  box.hidden = trouble === null;
  if (trouble === null) return;
  screen.role("trouble_text").textContent = filled(screen.strings[trouble.kind], trouble);
  // A refused address is not mended by trying again, but by starting afresh; an outdated page by reloading it.
  screen.role("retry").hidden = ["refused", "outdated"].includes(trouble.kind);
  screen.role("fresh").hidden = trouble.kind !== "refused";
}
