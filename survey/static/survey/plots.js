// Draws the figures of the page with Plotly, in the colours of the page; without Plotly what stands there stays.
const QUIET = { displayModeBar: false, responsive: true };
const dark = matchMedia("(prefers-color-scheme: dark)");
const coarse = matchMedia("(pointer: coarse)");
const graphs = new Map(); // {figure's name: its graph}; they outlive what the live region replaces

function drawAll() {
  for (const place of document.querySelectorAll("[data-plot]")) draw(place);
}

function draw(place) {
  const name = place.dataset.plot;
  if (!graphs.has(name)) graphs.set(name, document.createElement("div"));
  const graph = graphs.get(name);
  graph.setAttribute("role", "img");
  graph.setAttribute("aria-label", place.dataset.label);
  if (graph.parentNode !== place) place.append(graph);
  place.dataset.drawn = "";
  const { data, layout } = coloured(JSON.parse(place.querySelector("script").textContent));
  if (coarse.matches) layout.dragmode = false; // a finger scrolls the page
  window.Plotly.react(graph, data, layout, QUIET);
}

function coloured(part) {
  if (Array.isArray(part)) return part.map(coloured);
  if (part && typeof part === "object") {
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, coloured(value)]));
  }
  const name = typeof part === "string" && /^var\((--[a-z-]+)\)$/.exec(part)?.[1];
  return name ? getComputedStyle(document.documentElement).getPropertyValue(name).trim() : part;
}

if (window.Plotly) {
  drawAll();
  document.querySelector("[data-live]")?.addEventListener("shown", drawAll);
  dark.addEventListener("change", drawAll);
}
