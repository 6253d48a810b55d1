/** In place of the engine where there is no WebGL2: the pointwise steps alone, by the processor, on fewer pixels. */

import { EngineError } from "./errors.js";
import { histogramOf } from "./histogram.js";
import { fitted, followFrames, isShown, sizeOf } from "./source.js";
import { isTable, writeLanes } from "./table.js";

/** @typedef {import("./source.js").AnySource} AnySource */
/** @typedef {import("./table.js").Table} Table */
/** @typedef {import("./histogram.js").Histogram} Histogram */

const MOST_PIXELS = 400_000; // some tens of milliseconds

/** The methods of Engine; index.js documents them. */
export class SoftwareEngine {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new EngineError("unsupported", "This browser cannot draw the preview; exports work without.");
    this.#canvas = canvas;
    this.#context = context;
  }

  #canvas;
  #context;
  /** @type {AnySource | null} */
  #source = null;
  #maxPixels = MOST_PIXELS;
  /** @type {ImageData | null} the source's pixels */
  #original = null;
  /** @type {ImageData | null} what is shown of them */
  #shown = null;
  /** @type {Lanes | null} */
  #table = null;
  /** @type {{ mode: "off" | "split" | "original", split?: number }} */
  #compare = { mode: "off" };
  #stopFollowing = () => {};
  #stale = true;

  /**
   * @param {AnySource} source
   * @param {{ maxPixels?: number }} [options]
   */
  setSource(source, { maxPixels = MOST_PIXELS } = {}) {
    if (!sizeOf(source).width && !(source instanceof HTMLVideoElement)) {
      throw new EngineError("source", "The picture has no pixels to show: wait until it is decoded, and keep it open.");
    }
    this.#stopFollowing();
    this.#stopFollowing = () => {};
    this.#source = source;
    this.#original = null;
    this.#maxPixels = Math.min(maxPixels, MOST_PIXELS);
    this.#take();
    if (source instanceof HTMLVideoElement) {
      this.#stopFollowing = followFrames(source, () => {
        this.#take();
        this.draw();
      });
    }
  }

  /** @param {Table | null} table */
  setTable(table) {
    if (table !== null && !isTable(table)) {
      throw new EngineError("table", "A table of colours has size × size × size × 3 values of 16 bits.");
    }
    this.#table = table && lanesOf(table);
    this.#stale = true;
  }

  /** Not done here. @param {object} _amounts */
  setSpatial(_amounts) {}

  /** @param {{ mode: "off" | "split" | "original", split?: number }} compare */
  setCompare(compare) {
    this.#compare = compare;
    this.#stale = true;
  }

  draw() {
    if (!this.#stale || !this.#original || !this.#shown) return;
    this.#stale = false;
    const { mode, split = 0.5 } = this.#compare;
    const share = mode === "off" ? 0 : mode === "original" ? 1 : Math.min(Math.max(split, 0), 1);
    this.#grade(this.#shown, Math.round(share * this.#shown.width));
    this.#context.putImageData(this.#shown, 0, 0);
  }

  async finished() {} // `draw` waits

  /**
   * @param {{ graded?: boolean }} [options]
   * @returns {Uint8ClampedArray}
   */
  read({ graded = true } = {}) {
    const original = this.#demand();
    const copy = new ImageData(original.width, original.height);
    this.#grade(copy, graded ? 0 : original.width);
    return copy.data;
  }

  /** @returns {Histogram} */
  histogram() {
    const pixels = this.read();
    return histogramOf(pixels, pixels.length / 4);
  }

  /**
   * @param {Table[]} tables
   * @param {number} width
   * @param {number} height
   * @returns {ImageData[]}
   */
  thumbnails(tables, width, height) {
    this.#demand();
    if (!tables.every(isTable)) throw new EngineError("table", "A thumbnail needs a table of colours.");
    const small = this.#middle(width, height);
    return tables.map((table) => {
      const made = new ImageData(width, height);
      throughTable(lanesOf(table), small.data, made.data, width, 0);
      return made;
    });
  }

  dispose() {
    this.#stopFollowing();
    this.#source = null;
    this.#original = null;
  }

  /** The source's pixels of now. */
  #take() {
    const source = this.#source;
    if (!source || !isShown(source)) return;
    const { width, height } = fitted(sizeOf(source), this.#maxPixels, MOST_PIXELS);
    if (!width) return;
    if (this.#canvas.width !== width || this.#canvas.height !== height || !this.#shown) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#shown = new ImageData(width, height);
    }
    this.#context.imageSmoothingQuality = "high";
    this.#context.clearRect(0, 0, width, height);
    this.#context.drawImage(source, 0, 0, width, height);
    this.#original = this.#context.getImageData(0, 0, width, height);
    this.#stale = true;
  }

  #demand() {
    if (!this.#source || !this.#original) throw new EngineError("source", "There is no picture to read yet.");
    return this.#original;
  }

  /**
   * @param {ImageData} into
   * @param {number} split columns that stay as they were
   */
  #grade(into, split) {
    const original = this.#demand();
    into.data.set(original.data);
    if (this.#table) throughTable(this.#table, original.data, into.data, original.width, split);
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  #middle(width, height) {
    const original = this.#demand();
    const scale = Math.max(width / original.width, height / original.height);
    const [across, down] = [original.width * scale, original.height * scale];
    const context = new OffscreenCanvas(width, height).getContext("2d");
    const source = this.#source;
    if (!context || !source) throw new EngineError("source", "There is no picture to read yet.");
    context.imageSmoothingQuality = "high";
    context.drawImage(source, (width - across) / 2, (height - down) / 2, across, down);
    return context.getImageData(0, 0, width, height);
  }
}

/** @typedef {{ size: number, lanes: Uint16Array }} Lanes */

/**
 * @param {Table} table
 * @returns {Lanes}
 */
function lanesOf(table) {
  const lanes = new Uint16Array(table.data.length);
  writeLanes(table, lanes);
  return { size: table.size, lanes };
}

/**
 * The server's kernel for 8 bits, as in shaders.js, pixel by pixel; alpha stays.
 * @param {Lanes} table
 * @param {Uint8ClampedArray} pixels RGBA
 * @param {Uint8ClampedArray} into may be the same
 * @param {number} width
 * @param {number} split columns that are left out
 */
function throughTable({ size, lanes }, pixels, into, width, split) {
  const strides = [3, 3 * size, 3 * size * size];
  const [near, far, corner] = [size - 1, size - 2, 3 + 3 * size + 3 * size * size];
  const [weights, steps] = [new Uint16Array(3), new Int32Array(3)];
  for (let at = 0; at < pixels.length; at += 4) {
    into[at + 3] = pixels[at + 3];
    if ((at >> 2) % width < split) continue;
    let base = 0;
    for (let axis = 0; axis < 3; axis++) {
      const position = pixels[at + axis] * near;
      const cell = Math.min((position + 1 + (position >> 8)) >> 8, far);
      const rest = position - cell * 255;
      base += cell * strides[axis];
      insert(weights, steps, axis, rest + (rest >> 7), strides[axis]);
    }
    const first = base + steps[0];
    const second = first + steps[1];
    for (let channel = 0; channel < 3; channel++) {
      const sum =
        lanes[base + channel] * (256 - weights[0]) +
        lanes[first + channel] * (weights[0] - weights[1]) +
        lanes[second + channel] * (weights[1] - weights[2]) +
        lanes[base + corner + channel] * weights[2];
      into[at + channel] = (sum + 4096) >> 13;
    }
  }
}

/**
 * Insert a weight and its step among those before, the largest first.
 * @param {Uint16Array} weights
 * @param {Int32Array} steps
 * @param {number} count of those before
 * @param {number} weight
 * @param {number} step
 */
function insert(weights, steps, count, weight, step) {
  let place = count;
  for (; place > 0 && weights[place - 1] < weight; place--) {
    weights[place] = weights[place - 1];
    steps[place] = steps[place - 1];
  }
  weights[place] = weight;
  steps[place] = step;
}
