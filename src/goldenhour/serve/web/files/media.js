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

/** @typedef {import("../state/types.js").Largest} Largest */
/** @typedef {{signal: AbortSignal, largest: Largest, progress: (words: string, share: number | null) => void}} Reading */

const MAX_PIXELS = 2_000_000;
const CLIP_WITHIN = 20_000; // ms until a clip shows a frame; some broken ones never do, nor fail
const CLIP_SUFFIX = /\.(mp4|m4v|mov|mkv|webm|avi|mts|m2ts|mxf|mpg|mpeg|3gp|ogv)$/i;
const HEAD = 32_768; // bytes, in which a file says what it is
// as the server tells them apart, by a character for each byte
const PHOTO_CONTENT = /^(\xff\xd8\xff|\x89PNG|II[*+]\0|MM\0[*+]|RIFF.{4}WEBP|.{4}ftyp(avi[fs]|hei[cxms]|hev[cxms]|mif1|msf1|crx ))/s;
const CLIP_CONTENT = /^(\x1aE\xdf\xa3|RIFF.{4}AVI |.{4}(ftyp|moov|mdat|wide|free))/s;
// photos that the browser reads as the server does; of others the server may want no animation and no HDR
const PLAIN_PHOTO = /^(\xff\xd8\xff|\x89PNG(?!.*(acTL|cICP))|RIFF.{4}WEBP(?!.*ANIM))/s;

/** @param {File} file @param {string} head @returns {Kind} */
function kindOf(file, head) {
  if (PHOTO_CONTENT.test(head)) return "photo";
  return CLIP_CONTENT.test(head) || file.type.startsWith("video/") || CLIP_SUFFIX.test(file.name) ? "clip" : "photo";
}

/**
 * What could not be exported is refused: by its size here, by its format in the server's words.
 * @param {File} file
 * @param {Reading} reading
 * @returns {Promise<Media>}
 */
export async function readMedia(file, reading) {
  if (file.size === 0) throw new Error(`${file.name} is empty; choose another file.`);
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
  const kind = kindOf(file, head);
  const { megabytes } = reading.largest[kind];
  if (file.size > megabytes * 1e6) throw new Error(`${file.name} has more than ${megabytes} megabytes: make it smaller.`);
  const media = await decoded(file, kind, head, reading);
  const fault = tooLarge(media, reading.largest);
  if (!fault) return media;
  release(media);
  throw new Error(`${file.name} has ${fault}.`);
}

/**
 * @param {File} file
 * @param {Kind} kind
 * @param {string} head
 * @param {Reading} reading
 * @returns {Promise<Media>}
 */
async function decoded(file, kind, head, reading) {
  try {
    if (kind === "clip" && CLIP_CONTENT.test(head)) return await readClip(file, reading.signal);
    if (kind === "photo" && PLAIN_PHOTO.test(head)) return await readPhoto(file);
  } catch {
    reading.signal.throwIfAborted();
  }
  return readProxy(file, reading);
}

/** @param {Media} media @param {Largest} largest @returns {string | null} */
function tooLarge({ kind, source, width, height }, { photo, clip }) {
  const size = `${width} × ${height} pixels`;
  if (kind === "photo") return width * height > photo.megapixels * 1e6 ? `${size}, more than ${photo.megapixels} megapixels: make it smaller` : null;
  if (Math.max(width, height) > clip.side) return `frames of ${size}, more than ${clip.side} on a side: make it smaller`;
  const { duration } = /** @type {HTMLVideoElement} */ (source); // infinite where a stream does not say it
  return Number.isFinite(duration) && duration > 60 * clip.minutes ? `more than ${clip.minutes} minutes: cut it` : null;
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
