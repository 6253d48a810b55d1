// What tests say to the engine. Pixels and tables travel as base64, or as files that the test serves.
import * as module from "/web/engine/index.js";

// what is called of WebGL, counted
window.calls = {};
for (const name of ["drawArrays", "readPixels", "createTexture", "createFramebuffer", "texStorage2D", "texStorage3D"]) {
  const original = WebGL2RenderingContext.prototype[name];
  WebGL2RenderingContext.prototype[name] = function (...given) {
    window.calls[name] = (window.calls[name] ?? 0) + 1;
    return original.apply(this, given);
  };
}

/** @param {ArrayBufferView} view */
function encoded(view) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}

window.encoded = encoded;
window.module = module;

window.renew = () => {
  window.engine?.dispose();
  window.video?.pause();
  if (window.canvas) {
    window.canvas.getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext(); // a page has 16 at most
    window.canvas.remove();
  }
  window.canvas = document.body.appendChild(document.createElement("canvas"));
  window.happened = [];
  window.engine = module.openEngine(window.canvas, {
    onLost: () => window.happened.push("lost"),
    onRestored: () => window.happened.push("restored"),
    onSoftware: (sentence) => window.happened.push(sentence),
  });
};

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
  width: window.canvas.width,
  height: window.canvas.height,
  pixels: encoded(window.engine.read(options)),
});
/** The canvas as another canvas gets it: what is composed, if asked in the task that drew it. */
function composed() {
  const context = new OffscreenCanvas(window.canvas.width, window.canvas.height).getContext("2d");
  context.drawImage(window.canvas, 0, 0);
  const { data } = context.getImageData(0, 0, window.canvas.width, window.canvas.height);
  return { width: window.canvas.width, height: window.canvas.height, pixels: encoded(data) };
}
window.composed = composed;
/** What is drawn now, comparison and all. */
window.frame = () => {
  window.engine.draw();
  return composed();
};
window.shown = () => {
  window.engine.setCompare({ mode: "off" });
  window.engine.draw(); // what was composed before is no longer in the canvas
  return composed();
};

window.setClip = async (url, options) => {
  const video = document.createElement("video");
  video.muted = true;
  video.loop = true;
  video.src = URL.createObjectURL(await (await fetch(url)).blob());
  window.video = video;
  window.engine.setSource(video, options);
  await new Promise((resolve) => video.addEventListener("loadeddata", resolve, { once: true }));
};
/** So many different frames as the engine shows them by itself, each with what it was before. */
window.watch = (frames) =>
  new Promise((resolve) => {
    const seen = new Map();
    const look = (_, { mediaTime }) => {
      const drawn = window.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA; // not so while it goes back to its start
      if (drawn && !seen.has(mediaTime)) seen.set(mediaTime, { shown: composed(), source: window.read({ graded: false }) });
      if (seen.size === frames) resolve([...seen.values()]);
      else window.video.requestVideoFrameCallback(look);
    };
    window.video.requestVideoFrameCallback(look); // called after the engine's
  });
/** What is called of WebGL while a clip shows so many frames. */
window.callsWhile = (frames) =>
  new Promise((resolve) => {
    window.calls = {};
    let shown = 0;
    const look = () => {
      if (++shown === frames) resolve(window.calls);
      else window.video.requestVideoFrameCallback(look);
    };
    window.video.requestVideoFrameCallback(look);
  });

window.thumbnails = async (url, width, height) => {
  const tables = module.parseTables(await (await fetch(url)).arrayBuffer());
  return window.engine.thumbnails(tables, width, height).map((one) => ({ width, height, pixels: encoded(one.data) }));
};

/** Take the GPU away, and give it back; each resolves when the engine has heard of it. */
const taking = () => window.canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
const heard = (event, act) =>
  new Promise((resolve) => {
    window.canvas.addEventListener(event, () => setTimeout(resolve), { once: true });
    act();
  });
window.lose = () => {
  window.loser = taking(); // a lost context gives no extension
  return heard("webglcontextlost", () => window.loser.loseContext());
};
window.comeBack = () => heard("webglcontextrestored", () => window.loser.restoreContext());
