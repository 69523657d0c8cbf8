/** The button that copies the page's address. */

const SHOWN_FOR = 2500; // milliseconds

/** Copy the address and say so on the button of `screen`; return what was said. */
export async function copyLink(screen) {
  const button = screen.role("copy");
  const { strings } = screen;
  const name = strings.copy_link;
  let said = strings.copied;
  try {
    await navigator.clipboard.writeText(location.href);
  } catch {
    said = strings.copy_by_hand; // a page without HTTPS has no clipboard
  }
  button.textContent = said;
  setTimeout(() => (button.textContent = name), SHOWN_FOR);
  return said;
}
