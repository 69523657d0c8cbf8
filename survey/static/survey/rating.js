// A rater's keys: a digit gives points, U cannot be rated, Enter goes on, B back, S skips. Everything works without.
const OFF = "rating_keys_off";
const form = document.querySelector("[data-rating]");
const toggle = form.querySelector("[data-shortcuts]");
const reason = form.querySelector("[name=reason]");
const unratable = form.querySelector("[value=unratable]");

// Who speaks to the computer, or types with one switch, can turn single keys off; it is remembered.
toggle.closest("label").hidden = false;
toggle.checked = localStorage.getItem(OFF) === null;
document.body.classList.toggle("rate-without-keys", !toggle.checked);
toggle.addEventListener("change", () => {
  if (toggle.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
  document.body.classList.toggle("rate-without-keys", !toggle.checked);
});

// The reason is asked for where it is needed; without this script it is always there.
const askForReason = () => { reason.closest("p").hidden = !unratable.checked; };
form.addEventListener("change", askForReason);
askForReason();

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (!toggle.checked || event.ctrlKey || event.metaKey || event.altKey || target.matches("[type=text]")) return;
  if (key === "Enter") {
    if (target.closest("a, button") || !form.querySelector("[type=submit]")) return;
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  const named = form.querySelector(`[data-shortcut="${CSS.escape(key.toLowerCase())}"]`);
  if (!named || named.matches(":disabled")) return;
  event.preventDefault();
  named.click();
  if (named.matches("input")) (named === unratable ? reason : named).focus();
});
