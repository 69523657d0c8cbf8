/** The tabs in the page's header: one for each view. */

const TABS = "[data-view-tab]";

/** Call `open(view)` when a tab is chosen. Without JavaScript a tab is a plain link. */
export function connectTabs(open) {
  for (const tab of document.querySelectorAll(TABS)) {
    tab.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // into a tab or window of its own
      event.preventDefault();
      open(tab.dataset.viewTab);
    });
  }
}

/** Mark the tab of `view`. */
export function showTabs(view) {
  for (const tab of document.querySelectorAll(TABS)) {
    if (tab.dataset.viewTab === view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}
