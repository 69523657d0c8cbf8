/** Call `act` as soon as what has changed until now is on the screen. */
export function afterPaint(act) {
  requestAnimationFrame(() => setTimeout(act));
}
