/** The page's places to draw on: canvases with their sizes, elements by role, and the strings. */

export class Screen {
  constructor(root, strings) {
    this.root = root;
    this.strings = strings;
    this.sizes = new Map(); // canvas name → {width, height} in CSS pixels
  }

  /** Keep the canvases' sizes, and call `resized` when one changes. */
  observe(resized) {
    const observer = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        const size = { width: Math.floor(contentRect.width), height: Math.floor(contentRect.height) };
        this.sizes.set(target.dataset.canvas, size);
      }
      resized();
    });
    for (const canvas of this.root.querySelectorAll("[data-canvas]")) observer.observe(canvas);
  }

  role(name) {
    return this.root.querySelector(`[data-role="${name}"]`);
  }

  output(name) {
    return this.root.querySelector(`[data-output="${name}"]`);
  }

  canvas(name) {
    return this.root.querySelector(`[data-canvas="${name}"]`);
  }

  /** Close the tables; return whether they were open. */
  closeValues() {
    const values = this.role("values");
    if (!values.open) return false;
    values.open = false;
    values.querySelector("summary").focus();
    return true;
  }

  /**
   * Scroll a picture of `drawn` pixels that is wider than its canvas to what lies between `ends()`, left and right: in the middle, or
   * from the left where it is too wide; once for each `moment`, so that a learner's own scrolling stands until
   * something else is to be seen.
   */
  keepInSight(canvas, moment, drawn, ends) {
    const isNew = canvas.dataset.inSight !== moment;
    canvas.dataset.inSight = moment;
    const { width } = this.sizes.get(canvas.dataset.canvas);
    if (!isNew || drawn <= width) return;
    const [left, right] = ends();
    canvas.scrollLeft = right - left > width ? left : (left + right - width) / 2;
  }

  /** Call `draw(canvas, {width, height})` when the canvas is on the screen. */
  onCanvas(name, draw) {
    const size = this.sizes.get(name);
    if (size?.width > 0 && size.height > 0) draw(this.canvas(name), size);
  }
}
