/**
 * The preview: a picture or a playing clip through a recipe's table and its spatial steps, on a canvas, by WebGL2.
 *
 * What it shows is what an export has: the same integers as the server's kernel for 8 bits, the same spatial steps.
 * `tests/serve/browser` holds it to that.
 */

import { EngineError } from "./errors.js";
import { Gpu, UNITS } from "./gpu.js";
import { histogramOf } from "./histogram.js";
import { SoftwareEngine } from "./software.js";
import { followFrames, Source } from "./source.js";
import { Spatial, SPATIAL_STEPS } from "./spatial.js";
import { isTable } from "./table.js";
import { TableTexture } from "./table_texture.js";

export { EngineError } from "./errors.js";
export { SoftwareEngine } from "./software.js";
export { sizeOf } from "./source.js";
export { fetchTable, parseTables } from "./table.js";

/** @typedef {import("./gpu.js").Program} Program */
/** @typedef {import("./gpu.js").Target} Target */
/** @typedef {import("./source.js").AnySource} AnySource */
/** @typedef {import("./spatial.js").SpatialStep} SpatialStep */
/** @typedef {import("./table.js").Table} Table */
/** @typedef {import("./histogram.js").Histogram} Histogram */
/** @typedef {{ mode: "off" | "split" | "original", split?: number }} Compare */
/** @typedef {Partial<Record<SpatialStep, number>>} Amounts */

/** @typedef {Engine | SoftwareEngine} AnyEngine the same methods */

/**
 * The best engine there is. An export needs none of them.
 * @param {HTMLCanvasElement} canvas
 * @param {{ onLost?: () => void, onRestored?: () => void, onSoftware?: (sentence: string) => void }} [options] told
 *   what is missing where the browser has no WebGL2
 * @returns {AnyEngine}
 */
export function openEngine(canvas, { onSoftware, ...options } = {}) {
  try {
    return new Engine(canvas, options);
  } catch (error) {
    if (!(error instanceof EngineError) || error.reason !== "unsupported") throw error;
    onSoftware?.(
      "This browser has no WebGL2: the preview is smaller, and leaves out structure, sharpen and bloom; exports have all.",
    );
    return new SoftwareEngine(canvas);
  }
}

const HISTOGRAM_SIDE = 256; // pixels that are counted, at most, along each side

export class Engine {
  /**
   * @param {HTMLCanvasElement} canvas gets the size of what is graded; scale it by CSS
   * @param {{ onLost?: () => void, onRestored?: () => void }} [options] called when the GPU was taken away, and when
   *   the picture is back
   * @throws {EngineError} where there is no WebGL2
   */
  constructor(canvas, { onLost, onRestored } = {}) {
    this.#canvas = canvas;
    this.#gpu = new Gpu(canvas);
    this.#table = new TableTexture(this.#gpu);
    const { signal } = this.#listening;
    canvas.addEventListener(
      "webglcontextlost",
      (event) => {
        event.preventDefault(); // or it would not come back
        onLost?.();
      },
      { signal },
    );
    canvas.addEventListener(
      "webglcontextrestored",
      () => {
        this.#revive();
        onRestored?.();
      },
      { signal },
    );
  }

  #canvas;
  #gpu;
  #table;
  #listening = new AbortController();
  /** @type {Source | null} */
  #source = null;
  /** @type {Spatial | null} */
  #spatial = null;
  /** @type {Record<SpatialStep, number>} */
  #amounts = { "adjust.structure": 0, "adjust.sharpen": 0, "adjust.bloom": 0 };
  /** @type {Required<Compare>} */
  #compare = { mode: "off", split: 0.5 };
  #stopFollowing = () => {};
  /** Whether the canvas does not show what it should. */
  #stale = true;
  #bytes = new Uint8Array(HISTOGRAM_SIDE * HISTOGRAM_SIDE * 4);

  /**
   * Grade another picture or clip. The engine reads it again when the GPU comes back: keep a bitmap open until the next.
   * Bitmaps with alpha should be made with `premultiplyAlpha: "none"`.
   * @param {AnySource} source a picture that is decoded, or a clip that may still load
   * @param {{ maxPixels?: number }} [options] larger ones are reduced, by area
   * @throws {EngineError} where it has no pixels
   */
  setSource(source, { maxPixels = 2e6 } = {}) {
    const next = new Source(this.#gpu, source, maxPixels);
    this.#stopFollowing();
    this.#stopFollowing = () => {};
    this.#source?.dispose();
    this.#source = next;
    this.#upload();
    if (source instanceof HTMLVideoElement) {
      this.#stopFollowing = followFrames(source, () => {
        this.#upload();
        this.draw();
      });
    }
  }

  /**
   * @param {Table | null} table of the pointwise steps; null changes nothing
   * @throws {EngineError} where it is no table
   */
  setTable(table) {
    if (table !== null && !isTable(table)) {
      throw new EngineError("table", "A table of colours has size × size × size × 3 values of 16 bits.");
    }
    this.#table.set(table);
    this.#stale = true;
  }

  /** @param {Amounts} amounts of the spatial steps, -100..100; what is not named is 0 */
  setSpatial(amounts) {
    for (const step of SPATIAL_STEPS) this.#amounts[step] = amounts[step] ?? 0;
    this.#stale = true;
  }

  /** @param {Compare} compare the picture as it was: nowhere, left of a share of the width, everywhere */
  setCompare({ mode, split = 0.5 }) {
    this.#compare.mode = mode;
    this.#compare.split = Math.min(Math.max(split, 0), 1);
    this.#stale = true;
  }

  /** Show it now. Nothing is drawn where nothing has changed; each frame of a playing clip is drawn without a call. */
  draw() {
    if (!this.#stale || !this.#ready()) return;
    this.#stale = false;
    this.#paint(this.#splitColumn());
    this.#gpu.gl.flush(); // it may begin while the page goes on
  }

  /** Resolves when the GPU has done what was asked of it: `draw` itself does not wait. */
  async finished() {
    const { gl } = this.#gpu;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    while (fence && !this.#gpu.lost && gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    gl.deleteSync(fence);
  }

  /**
   * What the canvas shows without a comparison, or the source as it was uploaded.
   * @param {{ graded?: boolean }} [options]
   * @returns {Uint8ClampedArray} RGBA of the canvas's size, the top row first
   * @throws {EngineError} where nothing can be read
   */
  read({ graded = true } = {}) {
    const { gl } = this.#gpu;
    const { width, height } = this.#demand();
    const split = graded ? 0 : width;
    this.#paint(split);
    const rows = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rows);
    if (split !== this.#splitColumn() || this.#stale) this.#paint(this.#splitColumn());
    this.#stale = false;
    return upright(rows, width, height);
  }

  /**
   * How often values occur in the graded picture, in 64 steps: counted on a grid of at most 256 × 256 of its pixels.
   * @returns {Histogram}
   * @throws {EngineError} where nothing can be read
   */
  histogram() {
    const { gl } = this.#gpu;
    const whole = this.#demand();
    const width = Math.min(whole.width, HISTOGRAM_SIDE);
    const height = Math.min(whole.height, HISTOGRAM_SIDE);
    const target = this.#gpu.target("histogram", width, height, "bytes");
    const program = this.#prepare();
    this.#finish(program, target, width, height, 0);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, this.#bytes);
    return histogramOf(this.#bytes, width * height);
  }

  /**
   * The middle of the source, small, through each table.
   * @param {Table[]} tables of one size
   * @param {number} width
   * @param {number} height
   * @returns {ImageData[]}
   * @throws {EngineError} where nothing can be read, or one is no table
   */
  thumbnails(tables, width, height) {
    const source = this.#demand();
    if (!tables.every(isTable)) throw new EngineError("table", "A thumbnail needs a table of colours.");
    const small = source.reduced("thumbnail", width, height);
    const looks = new TableTexture(this.#gpu);
    const many = Math.max(1, Math.floor(this.#gpu.largest / height));
    /** @type {ImageData[]} */
    const made = [];
    for (let first = 0; first < tables.length; first += many) {
      made.push(...this.#sheet(tables.slice(first, first + many), small, looks));
    }
    looks.dispose();
    return made;
  }

  /** Let go of everything; the canvas may get another engine. */
  dispose() {
    this.#listening.abort();
    this.#stopFollowing();
    this.#source?.dispose();
    this.#source = null;
    this.#table.dispose();
    this.#gpu.dispose();
  }

  /**
   * One column of small pictures, read at once.
   * @param {Table[]} tables
   * @param {Target} small
   * @param {TableTexture} looks
   * @returns {ImageData[]}
   */
  #sheet(tables, small, looks) {
    const { gl } = this.#gpu;
    const { width, height } = small;
    const sheet = this.#gpu.target("thumbnails", width, height * tables.length, "bytes");
    tables.forEach((table, row) => {
      looks.set(table);
      const program = looks.use("pointwiseToBytes").integers("size", width, height).integer("split", 0);
      program.numbers("pitch", 1, 1).integers("origin", 0, row * height).integer("upwards", 0);
      this.#gpu.bind(UNITS.source, small.texture);
      this.#gpu.cover(sheet, width, height, row * height);
    });
    const length = width * height * 4;
    const pixels = new Uint8ClampedArray(length * tables.length);
    gl.readPixels(0, 0, width, height * tables.length, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(pixels.buffer));
    return tables.map((_, row) => new ImageData(pixels.slice(row * length, (row + 1) * length), width, height));
  }

  /** The source's pixels of now to the GPU, and the canvas to their size. */
  #upload() {
    const source = this.#source;
    if (!source || this.#gpu.lost) return;
    source.measure();
    if (!source.ready) return;
    source.upload();
    const { width, height } = source;
    if (this.#canvas.width !== width || this.#canvas.height !== height || !this.#spatial) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#spatial = new Spatial(this.#gpu, width, height);
    }
    this.#stale = true;
  }

  #ready() {
    return Boolean(this.#source?.texture && this.#spatial) && !this.#gpu.lost;
  }

  /** The source, where there is something to read of it. */
  #demand() {
    if (this.#gpu.lost) throw new EngineError("lost", "The graphics driver lost the preview; it comes back by itself.");
    if (!this.#source || !this.#ready()) throw new EngineError("source", "There is no picture to read yet.");
    return this.#source;
  }

  #splitColumn() {
    const { mode, split } = this.#compare;
    const share = mode === "off" ? 0 : mode === "original" ? 1 : split;
    return Math.round(share * this.#canvas.width);
  }

  /** @param {number} split columns that stay as they were */
  #paint(split) {
    const { width, height } = this.#canvas;
    // a comparison with nothing to compare spares the spatial steps
    const program = split === width ? this.#table.use("pointwiseToBytes") : this.#prepare();
    this.#finish(program, null, width, height, split);
  }

  /** All passes but the last, which is set up. */
  #prepare() {
    const { width, height } = this.#canvas;
    const last = SPATIAL_STEPS.findLast((step) => this.#amounts[step] !== 0);
    if (!last || !this.#spatial || !this.#source) return this.#table.use("pointwiseToBytes");
    let image = this.#gpu.target("one", width, height);
    let other = this.#gpu.target("other", width, height);
    this.#table.use("pointwise");
    this.#gpu.bind(UNITS.source, this.#source.texture);
    this.#gpu.cover(image, width, height);
    for (const step of SPATIAL_STEPS) {
      if (step === last) break;
      if (this.#amounts[step] === 0) continue;
      this.#spatial.prepare(step, this.#amounts[step], image, false);
      this.#gpu.cover(other, width, height);
      [image, other] = [other, image];
    }
    return this.#spatial.prepare(last, this.#amounts[last], image, true);
  }

  /**
   * The last pass.
   * @param {Program} program
   * @param {Target | null} target null: the canvas
   * @param {number} columns of the target
   * @param {number} rows
   * @param {number} split
   */
  #finish(program, target, columns, rows, split) {
    const { width, height } = this.#canvas;
    program.integers("size", width, height).numbers("pitch", width / columns, height / rows);
    program.integers("origin", 0, 0).integer("upwards", target ? 0 : 1).integer("split", split);
    this.#gpu.bind(UNITS.source, this.#source && this.#source.texture);
    this.#gpu.cover(target, columns, rows);
  }

  /** After a lost context came back. */
  #revive() {
    this.#gpu.revive();
    this.#table.revive();
    this.#source?.revive();
    this.#upload();
    this.draw();
  }
}

/**
 * Rows from the bottom as rows from the top.
 * @param {Uint8Array} rows
 * @param {number} width
 * @param {number} height
 */
function upright(rows, width, height) {
  const pixels = new Uint8ClampedArray(rows.length);
  const length = width * 4;
  for (let row = 0; row < height; row++) {
    pixels.set(rows.subarray(row * length, (row + 1) * length), (height - 1 - row) * length);
  }
  return pixels;
}
