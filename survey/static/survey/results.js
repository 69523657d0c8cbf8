// Saves a figure as SVG, or as PNG at three times its size: from the page of the results, and from the report, in
// which this file stands as it is. Without the page's style sheet a figure has its own colours: dark on white, as on
// paper.
const SCALE = 3;

for (const figure of document.querySelectorAll("[data-figure]")) {
  for (const button of figure.querySelectorAll("[data-file]")) {
    button.hidden = false;
    button.addEventListener("click", () => save(figure, button.dataset.file));
  }
}

async function save(figure, kind) {
  const svg = figure.querySelector("svg");
  const text = new XMLSerializer().serializeToString(svg);
  const source = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  const link = document.createElement("a");
  link.href = kind === "svg" ? source : await png(source, svg.viewBox.baseVal);
  link.download = `${figure.dataset.figure}.${kind}`;
  link.click();
}

async function png(source, { width, height }) {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = SCALE * width;
  canvas.height = SCALE * height;
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}
