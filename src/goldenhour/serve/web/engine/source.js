/** The picture or clip that is graded: how it comes to the GPU, how large, and when a clip shows its next frame. */

import { EngineError } from "./errors.js";
import { UNITS } from "./gpu.js";

/** @typedef {ImageBitmap | HTMLImageElement | HTMLVideoElement | HTMLCanvasElement} AnySource */
/** @typedef {import("./gpu.js").Gpu} Gpu */

/**
 * Its own size, upright.
 * @param {AnySource} source
 */
export function sizeOf(source) {
  if (source instanceof HTMLVideoElement) return { width: source.videoWidth, height: source.videoHeight };
  if (source instanceof HTMLImageElement) return { width: source.naturalWidth, height: source.naturalHeight };
  return { width: source.width, height: source.height };
}

/**
 * A size within a number of pixels and a longest side, in the same shape.
 * @param {{ width: number, height: number }} own
 * @param {number} maxPixels
 * @param {number} longest
 */
export function fitted({ width, height }, maxPixels, longest) {
  const factor = Math.min(1, Math.sqrt(maxPixels / (width * height)), longest / width, longest / height);
  return {
    width: width && Math.max(1, Math.floor(width * factor)), // a clip has none before it is loaded
    height: height && Math.max(1, Math.floor(height * factor)),
  };
}

/**
 * Whether there are pixels to take: a clip's come later.
 * @param {AnySource} source
 */
export function isShown(source) {
  return !(source instanceof HTMLVideoElement) || source.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
}

export class Source {
  /**
   * @param {Gpu} gpu
   * @param {AnySource} given
   * @param {number} maxPixels
   * @throws {EngineError} where it has no pixels; a clip's may be still to come
   */
  constructor(gpu, given, maxPixels) {
    this.given = given;
    this.#gpu = gpu;
    this.#maxPixels = maxPixels;
    this.measure();
    if (!this.width && !(given instanceof HTMLVideoElement)) {
      throw new EngineError("source", "The picture has no pixels to show: wait until it is decoded, and keep it open.");
    }
  }

  #gpu;
  #maxPixels;
  #own = { width: 0, height: 0 };
  #held = { width: 0, height: 0 }; // by the texture
  /** @type {WebGLTexture | null} */
  #upload = null;
  /** What is graded, in pixels. */
  width = 0;
  height = 0;
  /** @type {WebGLTexture | null} */
  texture = null;

  /** Take in the size; a clip's comes late, and may change. */
  measure() {
    const own = sizeOf(this.given);
    if (own.width === this.#own.width && own.height === this.#own.height) return;
    this.#own = own;
    ({ width: this.width, height: this.height } = fitted(own, this.#maxPixels, this.#gpu.largest));
  }

  /** Whether there are pixels to upload. */
  get ready() {
    return isShown(this.given) && this.width > 0;
  }

  /** The pixels of now to the GPU: as sRGB, not premultiplied, reduced by area where there are too many. */
  upload() {
    const { gl } = this.#gpu;
    const { width, height } = this.#own;
    const whole = width === this.width && height === this.height;
    const fits = Math.max(width, height) <= this.#gpu.largest;
    this.#upload ??= this.#gpu.texture();
    this.#gpu.bind(UNITS.source, this.#upload);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    // to sRGB, as an export does; NONE would show a Display P3 photo's numbers as if they were sRGB's
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.BROWSER_DEFAULT_WEBGL);
    gl.unpackColorSpace = "srgb";
    const given = fits ? this.given : drawn(this.given, this.width, this.height);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, given);
    this.texture = this.#upload;
    this.#held = fits ? this.#own : { width: this.width, height: this.height };
    if (whole || !fits) return;
    this.texture = this.reduced("source", this.width, this.height).texture;
    this.#held = { width: this.width, height: this.height };
    if (this.given instanceof HTMLVideoElement) return; // whose next frame comes soon
    gl.deleteTexture(this.#upload);
    this.#upload = null;
  }

  /**
   * What was uploaded, reduced by area; the middle of it where the shape differs.
   * @param {string} name of the target
   * @param {number} width
   * @param {number} height
   */
  reduced(name, width, height) {
    const whole = this.#held;
    const scale = Math.min(whole.width / width, whole.height / height);
    const exact = name === "source"; // whose shape differs by rounding only
    const [across, down] = exact ? [whole.width / width, whole.height / height] : [scale, scale];
    const target = this.#gpu.target(name, width, height, "bytes");
    this.#gpu
      .use("reduceSource")
      .numbers("corner", (whole.width - across * width) / 2, (whole.height - down * height) / 2)
      .numbers("scale", across, down)
      .integers("bounds", whole.width, whole.height);
    this.#gpu.bind(UNITS.source, this.texture);
    this.#gpu.cover(target, width, height);
    return target;
  }

  /** After a lost context came back. */
  revive() {
    this.#upload = null;
    this.texture = null;
    this.#own = { width: 0, height: 0 };
    this.width = 0;
    this.height = 0;
    this.measure(); // nothing, where a bitmap was closed meanwhile
  }

  dispose() {
    this.#gpu.gl.deleteTexture(this.#upload);
    this.#gpu.forget("source");
  }
}

/**
 * A picture that is larger than any texture, drawn smaller by the browser.
 * @param {AnySource} source
 * @param {number} width
 * @param {number} height
 */
function drawn(source, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new EngineError("source", "The picture is too large for a preview here; its export works.");
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, width, height);
  return canvas;
}

/**
 * Call back for each frame that a clip shows: playing, sought, or its first.
 * @param {HTMLVideoElement} video
 * @param {() => void} onFrame
 * @returns {() => void} stops it
 */
export function followFrames(video, onFrame) {
  const stopping = new AbortController();
  const { signal } = stopping;
  for (const event of ["loadeddata", "seeked"]) video.addEventListener(event, onFrame, { signal });
  if ("requestVideoFrameCallback" in video) {
    let request = 0;
    const next = () => {
      request = video.requestVideoFrameCallback(next);
      onFrame();
    };
    request = video.requestVideoFrameCallback(next);
    signal.addEventListener("abort", () => video.cancelVideoFrameCallback(request));
  } else {
    followTime(/** @type {HTMLVideoElement} */ (video), onFrame, signal);
  }
  return () => stopping.abort();
}

/**
 * The same where a browser does not tell of frames: whenever the time has moved.
 * @param {HTMLVideoElement} video
 * @param {() => void} onFrame
 * @param {AbortSignal} signal
 */
function followTime(video, onFrame, signal) {
  let shown = -1;
  const next = () => {
    if (signal.aborted) return;
    requestAnimationFrame(next);
    if (video.currentTime === shown) return;
    shown = video.currentTime;
    onFrame();
  };
  next();
}
