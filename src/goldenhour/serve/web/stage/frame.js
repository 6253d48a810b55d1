// @ts-check
/** The frame that holds the picture: as large as the stage allows, in the picture's own shape. */

import { byId } from "../page/dom.js";

/**
 * What a picture may take up of the stage, in CSS pixels.
 * @param {Element} stage
 */
export function roomOf(stage) {
  const style = getComputedStyle(stage);
  return {
    width: stage.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight),
    height: stage.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom),
  };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./view.js").View} view
 */
export function fitFrame(canvas, view) {
  const [stage, frame] = [byId("stage", HTMLElement), byId("frame", HTMLElement)];
  const fit = () => {
    if (canvas.width) document.body.style.setProperty("--picture-ratio", String(canvas.height / canvas.width));
    const { width, height } = roomOf(stage);
    if (!canvas.width || width <= 0 || height <= 0) return;
    const scale = Math.min(width / canvas.width, height / canvas.height);
    frame.style.width = `${Math.floor(canvas.width * scale)}px`;
    frame.style.height = `${Math.floor(canvas.height * scale)}px`;
  };
  new ResizeObserver(() => {
    view.fit();
    fit();
  }).observe(stage);
  view.onSource(fit);
}
