// Pictures of the results as PNG: drawn by the browser from the SVG of the page, at three times its size.

const SCALE = 3;

for (const figure of document.querySelectorAll("[data-figure]")) {
  const button = figure.querySelector("[data-png]");
  button.hidden = false;
  button.addEventListener("click", () => save(figure.querySelector("svg"), `${figure.dataset.figure}.png`));
}

async function save(svg, name) {
  const link = document.createElement("a");
  link.href = await png(svg);
  link.download = name;
  link.click();
}

async function png(svg) {
  // Without the page's style sheet the picture has its own colours: dark on white, as on paper.
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = SCALE * svg.viewBox.baseVal.width;
  canvas.height = SCALE * svg.viewBox.baseVal.height;
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}
