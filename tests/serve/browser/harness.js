// What tests say to the engine. Pixels and tables travel as base64, or as files that the test serves.
import * as module from "/web/engine/index.js";

const canvas = document.getElementById("canvas");

/** @param {ArrayBufferView} view */
function encoded(view) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}

window.encoded = encoded;
window.module = module;
window.canvas = canvas;
window.happened = [];
window.engine = new module.Engine(canvas, {
  onLost: () => window.happened.push("lost"),
  onRestored: () => window.happened.push("restored"),
});

window.setPicture = async (url, options) => {
  const blob = await (await fetch(url)).blob();
  window.bitmap = await createImageBitmap(blob, { premultiplyAlpha: "none" });
  window.engine.setSource(window.bitmap, options);
};
window.setElement = async (url) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  window.engine.setSource(image);
};
window.setTable = async (url) => {
  const [table] = module.parseTables(await (await fetch(url)).arrayBuffer());
  window.engine.setTable(table);
};
window.read = (options) => ({
  width: canvas.width,
  height: canvas.height,
  pixels: encoded(window.engine.read(options)),
});
/** What the page composes, without asking the engine. */
window.shown = () => {
  const context = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  window.engine.setCompare({ mode: "off" });
  window.engine.draw(); // what was composed before is no longer in the canvas
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return { width: canvas.width, height: canvas.height, pixels: encoded(data) };
};
window.ready = true;
