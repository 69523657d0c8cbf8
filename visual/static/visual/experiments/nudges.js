/** The loss over nudges of one weight: the straight line that the gradient foretells, and what was measured. */

import { difference } from "../format.js";
import { linear } from "../scales.js";
import { checked, join, part, picture, polyline, round, set } from "../svg.js";

const defaults = { width: 336, height: 170, label: "", strings: {} };
const [LEFT, RIGHT, TOP, BOTTOM] = [74, 12, 12, 34];

/** Draw `nudges` ({gradient, by, points: [{by, measured}]}) into `root`; the gradient is null while it is not known. */
export function drawNudges(root, nudges, options = {}) {
  const { width, height, label, strings } = checked(defaults, options, "drawNudges");
  const svg = picture(root, { width, height, label });
  const { gradient, by } = nudges;
  const points = [{ by: 0, measured: 0 }, ...nudges.points].sort((one, other) => one.by - other.by);
  const reach = Math.max(1e-9, Math.abs(gradient ?? 0), ...points.map(({ measured }) => Math.abs(measured)));
  const x = linear([-1, 1], [LEFT, width - RIGHT]);
  const y = linear([-reach, reach], [height - BOTTOM, TOP]);
  join(part(svg, "g", "axes"), "line", [[-1, 0, 1, 0], [0, -reach, 0, reach]], (line, [x1, y1, x2, y2]) => set(line, {
    class: "axis-line axis-line--zero", x1: round(x(x1)), y1: round(y(y1)), x2: round(x(x2)), y2: round(y(y2)),
  }));
  const ticks = [[LEFT - 6, y(reach) + 8, difference(reach, 2), "end"], [LEFT - 6, y(0) + 4, "0", "end"], [LEFT - 6, y(-reach), difference(-reach, 2), "end"],
    [x(-1), height - BOTTOM + 16, difference(-1), "start"], [x(0), height - BOTTOM + 16, "0", "middle"], [x(1), height - BOTTOM + 16, difference(1), "end"]];
  join(part(svg, "g", "ticks"), "text", ticks, (text, [left, top, words, anchor]) => set(text, {
    class: "tick", x: round(left), y: round(top), "text-anchor": anchor, text: words,
  }));
  part(svg, "text", "x_title", { class: "axis-title", x: width - RIGHT, y: height - 4, "text-anchor": "end", text: strings.by_axis });
  part(svg, "path", "foretold", {
    class: "curve nudges__foretold", d: gradient === null ? "" : polyline([[x(-1), y(-gradient)], [x(1), y(gradient)]]),
  });
  part(svg, "path", "measured", {
    class: "curve nudges__measured", d: points.length > 1 ? polyline(points.map((each) => [x(each.by), y(each.measured)])) : "",
  });
  const now = points.find((each) => each.by === by);
  part(svg, "circle", "now", { class: "nudges__now", cx: round(x(by)), cy: now ? round(y(now.measured)) : 0, r: now && by !== 0 ? 5 : 0 });
  const below = (gradient ?? 0) >= 0; // the corner that the line leaves free
  join(part(svg, "g", "names"), "text", [["foretold", strings.line], ["measured", points.length > 1 ? strings.measured : ""]], (text, [name, words], index) => set(text, {
    class: `nudges__name nudges__name--${name}`, x: LEFT + 8, y: round((below ? TOP + 6 : height - BOTTOM - 20) + index * 16), text: words,
  }));
}
