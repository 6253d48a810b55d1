/** Counting values. */

/** @typedef {{ red: Uint32Array, green: Uint32Array, blue: Uint32Array, luma: Uint32Array }} Histogram */

export const BINS = 64; // of 4 code values each

/**
 * @param {Uint8Array} pixels RGBA
 * @param {number} count of pixels
 * @returns {Histogram} 64 counts each; luma is ITU-R BT.709's, of encoded values
 */
export function histogramOf(pixels, count) {
  const [red, green, blue, luma] = [0, 1, 2, 3].map(() => new Uint32Array(BINS));
  const counts = /** @type {Histogram} */ ({ red, green, blue, luma });
  for (let at = 0; at < count * 4; at += 4) {
    const r = /** @type {number} */ (pixels[at]);
    const g = /** @type {number} */ (pixels[at + 1]);
    const b = /** @type {number} */ (pixels[at + 2]);
    add(counts.red, r >> 2);
    add(counts.green, g >> 2);
    add(counts.blue, b >> 2);
    add(counts.luma, (0.2126 * r + 0.7152 * g + 0.0722 * b + 1e-6) >> 2); // the sum of the weights is 1 but for rounding
  }
  return counts;
}

/**
 * @param {Uint32Array} counts
 * @param {number} bin
 */
function add(counts, bin) {
  counts[bin] = /** @type {number} */ (counts[bin]) + 1;
}
