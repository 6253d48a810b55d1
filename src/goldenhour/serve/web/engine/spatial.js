/** Structure, sharpen and bloom as passes: what `render/spatial.py` does, on the GPU. Radii are shares of the diagonal. */

import { MOST_SHARES, MOST_WEIGHTS } from "./shaders.js";
import { LAYERS, UNITS } from "./gpu.js";

/** @typedef {import("./gpu.js").Gpu} Gpu */
/** @typedef {import("./gpu.js").Program} Program */
/** @typedef {import("./gpu.js").Target} Target */
/** @typedef {"adjust.structure" | "adjust.sharpen" | "adjust.bloom"} SpatialStep */
/** @typedef {{ weights: Float32Array, reach: number }} Kernel */
/** @typedef {{ shares: Float32Array, reach: number }} Shares */
/**
 * A copy on which a blur is a few pixels wide: its size, its blur's radius, and that it is blurred in every `spacing`th
 * pixel each way, which makes columns × rows.
 * @typedef {{ name: string, width: number, height: number, radius: number, spacing: number, columns: number, rows: number }} Reduced
 */

/** In the toolset's order. @type {readonly SpatialStep[]} */
export const SPATIAL_STEPS = ["adjust.structure", "adjust.sharpen", "adjust.bloom"];

const REDUCED_RADIUS = 4; // pixels that a wide blur's radius has on its reduced copy
// what is blurred so widely is told by every second pixel, where there are some: an eighth of the work
const HALVED_RADIUS = 3;
const HALVED_SIDE = 16;
// what halving and reading between halves blur by themselves, in square pixels of the copy
const HALVING = 1 / 2;
const BETWEEN_HALVES = (2 ** 2 - 1) / 6;

/** @param {number} value rounded as Python and OpenCV do: a half to the even number */
function rounded(value) {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/**
 * OpenCV's Gaussian for float pictures, from its middle outwards; what reaches beyond the shader's array is left out,
 * which only a picture of a few pixels' width meets.
 * @param {number} sigma
 * @returns {Kernel}
 */
function gaussian(sigma) {
  const reach = Math.min(rounded(sigma * 8 + 1) >> 1, MOST_WEIGHTS - 1);
  const weights = new Float32Array(MOST_WEIGHTS);
  let sum = 0;
  for (let place = 0; place <= reach; place++) {
    weights[place] = Math.exp((-place * place) / (2 * sigma * sigma));
    sum += (place ? 2 : 1) * Math.exp((-place * place) / (2 * sigma * sigma));
  }
  return { weights: weights.map((weight) => weight / sum), reach };
}

/**
 * The copy on which a radius is a few pixels.
 * @param {string} name
 * @param {number} width
 * @param {number} height
 * @param {number} radius
 * @returns {Reduced}
 */
function reduced(name, width, height, radius) {
  const factor = Math.max(1, radius / REDUCED_RADIUS);
  const across = Math.max(1, rounded(width / factor));
  const down = Math.max(1, rounded(height / factor));
  const there = (radius * across) / width;
  const size = { name, width: across, height: down, radius: there };
  if (there < HALVED_RADIUS || Math.min(across, down) < HALVED_SIDE) return { ...size, spacing: 1, columns: across, rows: down };
  return { ...size, spacing: 2, columns: (across >> 1) + 1, rows: (down >> 1) + 1 };
}

/**
 * The blur of a copy, less what else blurs it.
 * @param {Reduced} copy
 * @param {number} variance of that, where the copy is halved
 */
function blurOf({ radius, spacing }, variance) {
  return shared(gaussian(spacing === 1 ? radius : Math.sqrt(radius ** 2 - variance) / spacing));
}

/**
 * A Gaussian for four neighbours at once: what each value within their reach, of 16 bits, gives to each of them.
 * @param {Kernel} kernel
 * @returns {Shares}
 */
function shared({ weights, reach }) {
  const shares = new Float32Array((2 * reach + LAYERS) * 4);
  for (let from = 0; from < 2 * reach + LAYERS; from++) {
    for (let to = 0; to < LAYERS; to++) {
      const away = Math.abs(from - reach - to);
      shares[4 * from + to] = away <= reach ? (weights[away] ?? 0) / 65535 : 0;
    }
  }
  return { shares, reach };
}

/**
 * A Gaussian for rows of which four pixels are packed in one: what each four within reach give to the four in the middle.
 * @param {Kernel} kernel
 */
function packed(kernel) {
  const margin = Math.min(Math.ceil(kernel.reach / 4), (MOST_SHARES - 1) / 2);
  const shares = new Float32Array(MOST_SHARES * 16);
  for (let from = 0; from < 4 * (2 * margin + 1); from++) {
    for (let to = 0; to < 4; to++) {
      shares[4 * from + to] = kernel.weights[Math.abs(from - 4 * margin - to)] ?? 0; // by columns
    }
  }
  return { kernel, margin, shares };
}

/**
 * Where the mirrored end of a row meets its beginning: twice the place of its last pixel, which may lie between those
 * that are blurred.
 * @param {number} length of the row in the reduced copy
 * @param {number} spacing
 */
function foldOf(length, spacing) {
  return (2 / spacing) * (length - 1);
}

/** The spatial steps of pictures of one size. */
export class Spatial {
  /**
   * @param {Gpu} gpu
   * @param {number} width
   * @param {number} height
   */
  constructor(gpu, width, height) {
    this.#gpu = gpu;
    this.#width = width;
    this.#height = height;
    const diagonal = Math.hypot(width, height);
    this.#guide = reduced("guide", width, height, 0.012 * diagonal);
    this.#guideBlurs = [blurOf(this.#guide, HALVING), blurOf(this.#guide, BETWEEN_HALVES)];
    this.#fine = packed(gaussian(Math.max(0.00045 * diagonal, 0.5)));
    this.#narrow = reduced("glow", width, height, 0.01 * diagonal);
    this.#narrowBlur = blurOf(this.#narrow, HALVING + BETWEEN_HALVES);
    this.#wide = reduced("wide glow", this.#narrow.width, this.#narrow.height, 4 * this.#narrow.radius);
    this.#wideBlur = blurOf(this.#wide, HALVING + BETWEEN_HALVES);
  }

  #gpu;
  #width;
  #height;
  #guide;
  #guideBlurs;
  #fine;
  #narrow;
  #narrowBlur;
  #wide;
  #wideBlur;

  /**
   * Run what a step needs before its last pass, and set up that one: who calls this covers its target with it.
   * @param {SpatialStep} step
   * @param {number} amount
   * @param {Target} image
   * @param {boolean} last whether it goes to the canvas
   * @returns {Program}
   */
  prepare(step, amount, image, last) {
    if (step === "adjust.structure") return this.#structure(amount, image, last);
    if (step === "adjust.sharpen") return this.#sharpen(amount, image, last);
    return this.#bloom(amount, image, last);
  }

  /**
   * @param {number} amount
   * @param {Target} image
   * @param {boolean} last
   */
  #structure(amount, image, last) {
    const guide = this.#guide;
    const luma = this.#gpu.target("guide", guide.width, guide.height);
    this.#reduce("reduceToLuma", image, luma);
    const [first, second] = this.#guideBlurs;
    const means = this.#down("downToGuide", guide, first, this.#across("acrossTwo", guide, first, this.#halved(guide, luma)));
    const blurred = this.#down("downTwo", guide, second, this.#across("acrossStack", guide, second, means));
    return this.#between(last ? "structureToBytes" : "structure", image, guide, blurred).number(
      "gain",
      (amount / 100) * (amount > 0 ? 1.2 : 0.8),
    );
  }

  /**
   * @param {number} amount
   * @param {Target} image
   * @param {boolean} last
   */
  #sharpen(amount, image, last) {
    const { margin, kernel, shares } = this.#fine;
    const quarter = Math.ceil(this.#width / 4);
    const luma = this.#gpu.target("luma", quarter + 2 * margin, this.#height);
    const down = this.#gpu.target("luma, blurred down", luma.width, luma.height);
    const blurred = this.#gpu.target("luma, blurred", quarter, this.#height);
    this.#gpu
      .use("packLuma")
      .integer("margin", margin)
      .integer("folded", 4 * margin + 3 < this.#width ? 0 : 1);
    this.#bind(image, null);
    this.#gpu.cover(luma, luma.width, luma.height);
    this.#gpu
      .use("blurDown")
      .list("weights", kernel.weights)
      .integer("reach", kernel.reach)
      .integer("folded", kernel.reach < this.#height ? 0 : 1);
    this.#bind(luma, null);
    this.#gpu.cover(down, down.width, down.height);
    this.#gpu.use("blurPacked").integer("margin", margin).matrices("shares", shares);
    this.#bind(down, null);
    this.#gpu.cover(blurred, blurred.width, blurred.height);
    const program = this.#gpu.use(last ? "sharpenToBytes" : "sharpen").number("gain", (2 * amount) / 100);
    this.#bind(image, blurred);
    return program;
  }

  /**
   * @param {number} amount
   * @param {Target} image
   * @param {boolean} last
   */
  #bloom(amount, image, last) {
    const narrow = this.#narrow;
    const wide = this.#wide;
    const glow = this.#gpu.target("glow", narrow.width, narrow.height);
    const small = this.#gpu.target("wide glow", wide.width, wide.height);
    this.#reduce("reduceToHighlights", image, glow);
    this.#reduce("reduce", glow, small);
    const spread = this.#down("down", wide, this.#wideBlur, this.#across("across", wide, this.#wideBlur, this.#halved(wide, small)));
    const across = this.#across("across", narrow, this.#narrowBlur, this.#halved(narrow, glow));
    this.#gpu
      .use("downToGlow")
      .integers("whole", narrow.width, narrow.height)
      .integer("every", narrow.spacing)
      .integers("part", wide.width, wide.height)
      .integer("spacing", wide.spacing)
      .number("gain", amount / 200);
    this.#gpu.bind(UNITS.wide, spread.texture, this.#gpu.gl.TEXTURE_2D_ARRAY);
    const blurred = this.#down("downToGlow", narrow, this.#narrowBlur, across);
    return this.#between(last ? "bloomToBytes" : "bloom", image, narrow, blurred);
  }

  /**
   * @param {"reduce" | "reduceToLuma" | "reduceToHighlights"} pass
   * @param {Target} from
   * @param {Target} to
   */
  #reduce(pass, from, to) {
    this.#gpu
      .use(pass)
      .numbers("corner", 0, 0)
      .numbers("scale", from.width / to.width, from.height / to.height)
      .integers("bounds", from.width, from.height);
    this.#bind(from, null);
    this.#gpu.cover(to, to.width, to.height);
  }

  /**
   * Those pixels of a reduced copy that are blurred.
   * @param {Reduced} copy
   * @param {Target} from
   * @returns {Target}
   */
  #halved({ name, spacing, columns, rows }, from) {
    if (spacing === 1) return from;
    const to = this.#gpu.target(`${name}, halved`, columns, rows);
    this.#gpu.use("halve").integer("folded", 0);
    this.#bind(from, null);
    this.#gpu.cover(to, columns, rows);
    return to;
  }

  /**
   * Blur the rows of a reduced copy.
   * @param {"across" | "acrossTwo" | "acrossStack"} pass
   * @param {Reduced} copy
   * @param {Shares} shares
   * @param {Target} from
   * @returns {Target} a stack
   */
  #across(pass, { name, width, spacing, columns, rows }, shares, from) {
    const to = this.#gpu.stack(`${name}, across`, Math.ceil(columns / LAYERS), rows);
    return this.#blur(pass, shares, foldOf(width, spacing), from, to);
  }

  /**
   * Blur the columns of what that left.
   * @param {"down" | "downTwo" | "downToGuide" | "downToGlow"} pass
   * @param {Reduced} copy
   * @param {Shares} shares
   * @param {Target} from
   * @returns {Target} a stack
   */
  #down(pass, { name, height, spacing, columns, rows }, shares, from) {
    const to = this.#gpu.stack(`${name}, down`, columns, Math.ceil(rows / LAYERS));
    return this.#blur(pass, shares, foldOf(height, spacing), from, to);
  }

  /**
   * @param {import("./shaders.js").Pass} pass
   * @param {Shares} shares
   * @param {number} fold
   * @param {Target} from
   * @param {Target} to
   */
  #blur(pass, { shares, reach }, fold, from, to) {
    this.#gpu
      .use(pass)
      .vectors("shares", shares)
      .integer("reach", reach)
      .integer("fold", fold)
      .integer("folded", 2 * reach < fold ? 0 : 1);
    if (pass === "across" || pass === "acrossTwo") this.#bind(from, null);
    else this.#gpu.bind(UNITS.stack, from.texture, this.#gpu.gl.TEXTURE_2D_ARRAY);
    this.#gpu.cover(to, to.width, to.height);
    return to;
  }

  /**
   * A last pass that reads between the pixels of a blurred copy.
   * @param {import("./shaders.js").Pass} pass
   * @param {Target} image
   * @param {Reduced} copy
   * @param {Target} blurred
   */
  #between(pass, image, copy, blurred) {
    const program = this.#gpu.use(pass).integers("whole", this.#width, this.#height);
    program.integers("part", copy.width, copy.height).integer("spacing", copy.spacing);
    this.#bind(image, null);
    this.#gpu.bind(UNITS.stack, blurred.texture, this.#gpu.gl.TEXTURE_2D_ARRAY);
    return program;
  }

  /**
   * @param {Target} image
   * @param {Target | null} second
   */
  #bind(image, second) {
    this.#gpu.bind(UNITS.image, image.texture);
    this.#gpu.bind(UNITS.second, second && second.texture); // none, lest a pass draws into what it could read
  }
}
