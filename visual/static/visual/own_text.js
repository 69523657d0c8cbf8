/** The field for a learner's own text: trains on what was typed, or says what is wrong with it. */

import { filled, shown } from "./format.js";
import { TYPED, TYPED_LENGTH, TYPED_VARIETY, typedText } from "./runspec.js";

/** Let the field inside `root` call `asked(data)` with the data set that was typed; errors are named beside it in the words of `strings`. */
export function connectOwnText(root, strings, asked) {
  const form = root.querySelector("[data-own-text]");
  const field = form.querySelector("input");
  const error = form.querySelector('[role="alert"]');
  const show = (sentence) => {
    error.textContent = sentence;
    field.setAttribute("aria-invalid", String(sentence !== ""));
  };
  field.addEventListener("input", () => show(""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    let text;
    try {
      text = typedText(field.value);
    } catch (wrong) {
      field.focus();
      return show(sentenceOf(wrong, field.value, strings));
    }
    show("");
    asked(TYPED + text);
  });
}

/** Show in the field the text of the run on the screen, when it is one of the learner's own. */
export function showOwnText(root, { data }) {
  const form = root.querySelector("[data-own-text]");
  if (form.dataset.shown === data) return;
  form.dataset.shown = data;
  form.toggleAttribute("data-chosen", data.startsWith(TYPED));
  if (data.startsWith(TYPED)) form.querySelector("input").value = data.slice(TYPED.length);
}

function sentenceOf({ cause }, typed, strings) {
  if (!cause) throw new TypeError("a text is refused without a cause");
  const [low, high] = cause.kind === "variety" ? TYPED_VARIETY : TYPED_LENGTH;
  const number = cause.kind === "variety" ? new Set(typed.toLowerCase()).size : typed.length;
  return filled(strings[`own_text_${cause.kind}`], { symbol: shown(cause.symbol ?? ""), number, low, high });
}
