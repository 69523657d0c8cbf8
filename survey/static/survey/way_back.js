// Who has nothing to read here goes back to the platform at once; replaced, so that Back does not lead into a circle.
const card = document.querySelector("[data-leave-at-once]");
if (card) location.replace(card.querySelector("[data-way-back]").href);
