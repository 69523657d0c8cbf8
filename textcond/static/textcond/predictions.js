// Predict, then turn the page: takes the reader's prediction, lays the truth over it, and says how far apart they are.
// Logged with the same words as in the visualization. A page that was turned stays turned after a reload.

const ASKED_WHERE = "-30% 0px -30% 0px"; // of the screen: a prompt that crosses its middle is being read
const GRAIN = 0.05; // a drawn value is rounded to what can be typed too
const SVG = "http://www.w3.org/2000/svg";

/** Wire every prompt of `page`; `record(kind, data)` logs. */
export function predictions(page, { record }) {
  const key = `explornn.predictions.${page.dataset.participant}`;
  const turned = stored(key); // {prompt: {answer, success}}; answer null where it was skipped
  const all = [...page.querySelectorAll("[data-prompt]")].map((root) => new Prompt(root, turned, told));
  showFading();

  function told(prompt, kind, data) {
    record(kind, { prompt: prompt.id, ...data });
    if (kind === "prompt_shown") return;
    try {
      localStorage.setItem(key, JSON.stringify(turned));
    } catch { /* a browser that keeps nothing: after a reload it is asked again */ }
    showFading();
  }

  /** After enough successes with a kind of prompt, the next ones of this kind are up to the reader. */
  function showFading() {
    for (const prompt of all) {
      const successes = all.filter((other) => other.kind === prompt.kind && turned[other.id]?.success);
      prompt.fade(successes.length >= Number(page.dataset.fading));
    }
  }
}

class Prompt {
  constructor(root, turned, told) {
    this.root = root;
    this.id = root.dataset.prompt;
    this.turned = turned;
    this.told = (kind, data) => told(this, kind, data);
    Object.assign(this, JSON.parse(root.querySelector("script").textContent));
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.fields = [...root.querySelectorAll("input[data-step]")];
    this.values = this.fields.map(() => (this.kind === "gate" ? false : null));
    this.shown = false;
    for (const name of ["entry", "actions"]) this.part(name).hidden = false;
    this.part("truth").querySelector("summary").hidden = true; // the button turns the page
    this.part("turn").addEventListener("click", () => this.turn());
    this.part("skip").addEventListener("click", () => this.skip());
    this.part("anyway").addEventListener("click", () => this.anyway());
    for (const [index, field] of this.fields.entries()) {
      field.addEventListener("input", () => this.set(index, this.kind === "gate" ? field.checked : typed(field)));
    }
    if (this.kind === "curve") takeDrawing(this);
    if (this.id in turned) this.reveal(turned[this.id].answer);
    else this.noticeWhenRead();
  }

  noticeWhenRead() {
    const watcher = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting) || this.faded) return;
      watcher.disconnect();
      this.show();
    }, { rootMargin: ASKED_WHERE });
    watcher.observe(this.root);
  }

  show() {
    if (this.shown || this.id in this.turned) return;
    this.shown = true;
    this.told("prompt_shown", {});
  }

  /** Take the prompt back to a question with two buttons, unless the reader wants it or has been at it. */
  fade(faded) {
    if (this.id in this.turned || this.wanted || this.shown) return;
    this.faded = faded;
    for (const name of ["entry", "turn"]) this.part(name).hidden = faded;
    for (const name of ["faded", "anyway"]) this.part(name).hidden = !faded;
  }

  anyway() {
    this.wanted = true;
    this.faded = false;
    for (const name of ["entry", "turn"]) this.part(name).hidden = false;
    for (const name of ["faded", "anyway"]) this.part(name).hidden = true;
    this.show();
    this.fields.find((field) => field.offsetParent)?.focus();
  }

  set(index, value) {
    this.values[index] = value;
    this.part("said").textContent = "";
    this.draw();
  }

  /** Show the drawn values on the paper and in the fields. */
  draw() {
    if (this.kind === "gate") return;
    for (const [index, field] of this.fields.entries()) {
      if (document.activeElement !== field) field.value = this.values[index] === null ? "" : this.values[index].toFixed(2);
    }
    const points = this.points().join(" ");
    for (const line of this.root.querySelectorAll("[data-drawn]")) line.setAttribute("points", points);
  }

  points() {
    return this.values.flatMap((value, index) => (value === null ? [] : [`${this.x(index)},${this.y(value)}`]));
  }

  turn() {
    const complete = this.kind === "gate" ? this.values.some(Boolean) : this.values.every((value) => value !== null);
    if (!complete) {
      this.part("said").textContent = this.part("outcome").dataset.empty;
      return;
    }
    const error = Math.round(this.error() * 10000) / 10000;
    const success = Number(error <= this.success);
    const answer = this.kind === "gate" ? this.steps().join(" ") : this.values.join(" ");
    this.show();
    this.turned[this.id] = { answer: this.values, success };
    this.told("prediction_made", { prompt: this.id, answer, error, success });
    this.reveal(this.values);
    this.part("outcome").focus();
  }

  skip() {
    this.turned[this.id] = { answer: null, success: 0 };
    this.told("prompt_skipped", {});
    this.reveal(null);
    this.part("revealed").focus();
  }

  steps() {
    return this.values.flatMap((marked, index) => (marked ? [this.first + index] : []));
  }

  /** Return the mean distance to the truth, or the number of time steps wrongly marked or missed. */
  error() {
    if (this.kind === "curve") {
      const sum = this.values.reduce((so, value, index) => so + Math.abs(value - this.truth[index]), 0);
      return sum / this.values.length;
    }
    return this.values.filter((marked, index) => marked !== this.isMeant(index)).length;
  }

  isMeant(index) {
    return (this.truth[index] >= this.open_from) === (this.state === "open");
  }

  /** Turn the page: the truth in place of the paper, over the prediction where there is one. */
  reveal(answer) {
    this.part("paper").hidden = true;
    this.part("truth").open = true;
    if (!answer) return;
    this.values = answer;
    for (const part of this.root.querySelectorAll("[data-with-drawing]")) part.removeAttribute("hidden");
    if (this.kind === "curve") this.overlay();
    for (const mark of this.root.querySelectorAll("[data-mark]")) {
      if (answer[mark.dataset.mark - this.first]) mark.setAttribute("visibility", "visible");
    }
    const error = this.error();
    const outcome = this.part("outcome");
    outcome.hidden = false;
    outcome.textContent = (error <= this.success ? outcome.dataset.good : outcome.dataset.bad)
      .replace("{error}", number(error, this.kind)).replace("{success}", number(this.success, this.kind));
    outcome.toggleAttribute("data-well", error <= this.success);
  }

  overlay() {
    this.draw();
    const errors = this.part("errors");
    errors.replaceChildren(...this.values.map((value, index) => {
      const bar = document.createElementNS(SVG, "line");
      const ends = { x1: this.x(index), x2: this.x(index), y1: this.y(value), y2: this.y(this.truth[index]) };
      for (const [name, at] of Object.entries(ends)) bar.setAttribute(name, at);
      return bar;
    }));
  }

  get sheet() {
    return this.part("sheet").dataset;
  }

  x(index) {
    const { first, last } = this.sheet;
    return Number(first) + (index / (this.values.length - 1)) * (last - first);
  }

  y(value) {
    const { top, bottom, height } = this.sheet;
    return Math.round((Number(bottom) + ((value + Number(height)) / (2 * height)) * (top - bottom)) * 100) / 100;
  }
}

/** Let the reader draw on the empty field: what lies between two places of the pointer is drawn too. */
function takeDrawing(prompt) {
  const surface = prompt.part("surface");
  const sheet = prompt.part("sheet");
  let last = null;

  surface.addEventListener("pointerdown", (event) => {
    surface.setPointerCapture(event.pointerId);
    last = null;
    place(event);
  });
  surface.addEventListener("pointermove", (event) => {
    if (surface.hasPointerCapture(event.pointerId)) place(event);
  });

  function place(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(sheet.getScreenCTM().inverse());
    const { first, last: end, top, bottom, height } = sheet.dataset;
    const index = clamp(Math.round(((at.x - first) / (end - first)) * (prompt.values.length - 1)), 0, prompt.values.length - 1);
    const value = clamp(((at.y - bottom) / (top - bottom)) * 2 * height - height, -height, Number(height));
    const from = last ?? { index, value };
    const direction = Math.sign(index - from.index) || 1;
    for (let each = from.index; each !== index + direction; each += direction) {
      const share = index === from.index ? 1 : (each - from.index) / (index - from.index);
      prompt.set(each, Math.round((from.value + share * (value - from.value)) / GRAIN) * GRAIN);
    }
    prompt.values = prompt.values.map((each) => (each === null ? null : Math.round(each * 100) / 100));
    last = { index, value };
    prompt.draw();
  }
}

function typed(field) {
  return field.value === "" || !field.validity.valid && field.validity.badInput ? null : clamp(field.valueAsNumber, -1.3, 1.3);
}

function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

function number(value, kind) {
  return value.toLocaleString(document.documentElement.lang, kind === "gate" ? {} : { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}
