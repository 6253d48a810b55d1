// @ts-check
/** A file as something the engine can draw: decoded by the browser, or where it cannot, by a proxy of the server. */

import { request, send } from "../api.js";
import { fetched, followed, shareOf } from "./job.js";

/** @typedef {"photo" | "clip"} Kind */

/**
 * @typedef {object} Media
 * @property {Kind} kind
 * @property {ImageBitmap | HTMLVideoElement} source at most 2 megapixels where it is a photo
 * @property {number} width of the original
 * @property {number} height
 */

/** @typedef {{signal: AbortSignal, progress: (words: string, share: number | null) => void}} Reading */

const MAX_PIXELS = 2_000_000;
const CLIP_WITHIN = 20_000; // ms until a clip shows a frame; some broken ones never do, nor fail
const CLIP_SUFFIX = /\.(mp4|m4v|mov|mkv|webm|avi|mts|m2ts|mxf|mpg|mpeg|3gp|ogv)$/i;

/** @param {File} file @returns {Kind} */
function kindOf(file) {
  return file.type.startsWith("video/") || CLIP_SUFFIX.test(file.name) ? "clip" : "photo";
}

/**
 * @param {File} file
 * @param {Reading} reading
 * @returns {Promise<Media>}
 */
export async function readMedia(file, reading) {
  if (file.size === 0) throw new Error(`${file.name} is empty; choose another file.`);
  try {
    return kindOf(file) === "clip" ? await readClip(file, reading.signal) : await readPhoto(file);
  } catch {
    reading.signal.throwIfAborted();
    return await readProxy(file, reading);
  }
}

/**
 * @param {Blob} blob the file, or its proxy
 * @returns {Promise<Media>}
 */
async function readPhoto(blob) {
  const whole = await createImageBitmap(blob, { premultiplyAlpha: "none" }); // upright, in sRGB
  const { width, height } = whole;
  const scale = Math.sqrt(MAX_PIXELS / (width * height));
  if (scale >= 1) return { kind: "photo", source: whole, width, height };
  const size = { resizeWidth: Math.floor(width * scale), resizeHeight: Math.floor(height * scale) };
  const source = await createImageBitmap(whole, { ...size, resizeQuality: "high", premultiplyAlpha: "none" });
  whole.close();
  return { kind: "photo", source, width, height };
}

/**
 * @param {Blob} blob the file, or its proxy
 * @param {AbortSignal} signal
 * @returns {Promise<Media>}
 */
async function readClip(blob, signal) {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(CLIP_WITHIN)]);
  const video = document.createElement("video");
  Object.assign(video, { muted: true, loop: true, playsInline: true, preload: "auto" });
  const url = URL.createObjectURL(blob);
  video.src = url;
  try {
    await new Promise((resolve, reject) => {
      video.onloadeddata = resolve;
      video.onerror = reject;
      ended.onabort = reject;
      if (ended.aborted) reject(ended.reason);
    });
    if (!video.videoWidth) throw new Error("only sound is decoded");
  } catch (error) {
    unload(video);
    throw error;
  } finally {
    video.onloadeddata = video.onerror = ended.onabort = null;
  }
  return { kind: "clip", source: video, width: video.videoWidth, height: video.videoHeight };
}

/**
 * @param {File} file
 * @param {Reading} reading
 * @returns {Promise<Media>}
 */
async function readProxy(file, { signal, progress }) {
  const sent = (/** @type {number} */ share) =>
    share < 1 ? progress(`Sending ${file.name}`, share) : progress(`Developing ${file.name}`, null);
  sent(0);
  // a photo is there at once; a clip is a job, whose progress is followed
  const { body, header } = await send("/v1/proxies", { file }, { signal, sent, headers: { Prefer: "respond-async" } });
  const path = header("Location");
  const blob = path ? await developed(path, file, signal, progress) : body;
  const clip = path !== null || header("X-Media-Kind") === "clip";
  const media = await (clip ? readClip(blob, signal) : readPhoto(blob)).catch(() => {
    signal.throwIfAborted();
    throw new Error(`${file.name} cannot be shown: this browser does not play what the server made of it.`);
  });
  const [width, height] = [Number(header("X-Width")), Number(header("X-Height"))];
  return { ...media, width: width || media.width, height: height || media.height };
}

/**
 * @param {string} path of the job
 * @param {File} file
 * @param {AbortSignal} signal
 * @param {Reading["progress"]} progress
 */
async function developed(path, file, signal, progress) {
  const done = await followed(path, signal, (status) => progress(`Developing ${file.name}`, shareOf(status)));
  return fetched(path, done, file.name, signal);
}

/** What the browser holds for a clip or a photo is given back. @param {Media} media */
export function release({ source }) {
  if (source instanceof ImageBitmap) return source.close();
  unload(source);
}

/** @param {HTMLVideoElement} video */
function unload(video) {
  video.onerror = null; // having no source any more is none
  video.pause();
  URL.revokeObjectURL(video.src);
  video.removeAttribute("src");
  video.load();
}

/**
 * A small picture of it for the strips.
 * @param {Media} media
 * @param {number} width
 * @param {number} height
 */
export async function smallCopy({ source }, width, height) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const [w, h] = source instanceof ImageBitmap ? [source.width, source.height] : [source.videoWidth, source.videoHeight];
  const scale = Math.max(width / w, height / h);
  context.drawImage(source, (width - w * scale) / 2, (height - h * scale) / 2, w * scale, h * scale);
  return canvas;
}

/**
 * A sample as a file, as if the person had opened it.
 * @param {import("../api.js").Sample} sample
 * @param {AbortSignal} signal
 */
export async function sampleFile(sample, signal) {
  const blob = await (await request(sample.url, { signal })).blob();
  return new File([blob], sample.url.split("/").at(-1) ?? sample.name, { type: blob.type });
}
