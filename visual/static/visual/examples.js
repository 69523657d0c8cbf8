/** Examples of a concept: the very moments that the figures of the text show. Each is an address of this page. */

/** Wire the links of every example in `root`; `visit(address)` goes there, `record` logs. */
export function connectExamples(root, { visit, record }) {
  for (const link of root.querySelectorAll("[data-example] a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault(); // without a new page: the explanation stays open beside the picture
      visit(link.search);
      record("example_shown", { example: link.closest("[data-example]").dataset.example, address: link.search });
    });
  }
}
