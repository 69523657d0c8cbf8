// On a narrow page the menu scrolls sideways: it begins where one is.
const pages = document.querySelector(".desk-nav__pages");
const here = pages.querySelector("[aria-current]");
if (here) pages.scrollLeft = here.offsetLeft - (pages.clientWidth - here.offsetWidth) / 2;
