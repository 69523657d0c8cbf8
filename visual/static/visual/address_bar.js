/** The browser's address bar: the state of the page is noted there, and only where it differs. */

import { writeAddress } from "./address.js";

const PAUSE = 1000; // milliseconds between two notes while playing: browsers refuse more than a few a second

export class AddressBar {
  constructor() {
    this.written = null;
    this.notedAt = 0;
  }

  /** Write `state` into the address, as a step for the back button when it is a `leap`. */
  note(state, leap = false) {
    const address = writeAddress(state);
    if (leap) history.pushState(null, "", address);
    else if (address !== this.written) history.replaceState(null, "", address);
    this.written = address;
  }

  /** Note `state` when the last such note is long enough ago. */
  noteWhilePlaying(state) {
    const now = performance.now();
    if (now - this.notedAt <= PAUSE) return;
    this.notedAt = now;
    this.note(state);
  }

  /** Go from `state` to an address of this page, as a step for the back button. */
  visit(state, address) {
    this.note(state);
    history.pushState(null, "", address);
  }
}
