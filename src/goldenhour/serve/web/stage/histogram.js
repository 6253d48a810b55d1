// @ts-check
/** The histogram of the graded picture: red, green, blue, and their luma as a line. */

import { byId } from "../page/dom.js";

const COLOURS = { red: "#ff5a4d", green: "#4dd27a", blue: "#5a8cff" };
const CLIPPED = 0.02;

/** @param {import("./view.js").View} view */
export function histogram(view) {
  const canvas = byId("histogram", HTMLCanvasElement);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const [width, height] = [canvas.width, canvas.height];

  const draw = () => {
    if (!canvas.checkVisibility()) return;
    const counts = view.engine.histogram();
    const inner = [counts.red, counts.green, counts.blue].flatMap((bins) => [...bins.slice(1, -1)]);
    const top = Math.max(...inner, 1) * 1.05; // the outermost bins may shoot out of the picture
    const light = getComputedStyle(canvas).colorScheme.includes("light");
    context.clearRect(0, 0, width, height);
    context.globalCompositeOperation = light ? "multiply" : "screen";
    for (const [name, colour] of Object.entries(COLOURS)) {
      context.fillStyle = colour;
      context.globalAlpha = 0.62;
      trace(context, counts[/** @type {keyof typeof COLOURS} */ (name)], top, width, height);
      context.fill();
    }
    context.globalCompositeOperation = "source-over";
    context.globalAlpha = 0.9;
    context.strokeStyle = getComputedStyle(canvas).color;
    context.lineWidth = 2;
    trace(context, counts.luma, top, width, height);
    context.stroke();
    canvas.setAttribute("aria-label", `Histogram: ${inWords(counts.luma)}`);
  };
  view.onDrawn(draw);
  return draw;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Uint32Array} bins
 * @param {number} top
 * @param {number} width
 * @param {number} height
 */
function trace(context, bins, top, width, height) {
  context.beginPath();
  context.moveTo(0, height + 2);
  bins.forEach((count, index) => {
    context.lineTo(((index + 0.5) / bins.length) * width, height - Math.min(count / top, 1) * (height - 4));
  });
  context.lineTo(width, height + 2);
  context.closePath();
}

/** @param {Uint32Array} luma */
function inWords(luma) {
  const total = luma.reduce((sum, count) => sum + count, 0) || 1;
  const mean = luma.reduce((sum, count, index) => sum + count * (index + 0.5), 0) / total / luma.length;
  const parts = [mean < 0.35 ? "mostly dark" : mean > 0.65 ? "mostly bright" : "balanced"];
  if ((luma[0] ?? 0) / total > CLIPPED) parts.push("shadows clipped");
  if ((luma.at(-1) ?? 0) / total > CLIPPED) parts.push("highlights clipped");
  return parts.join(", ");
}
