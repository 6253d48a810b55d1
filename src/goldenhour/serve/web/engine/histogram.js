/** Counting values. */

/** @typedef {{ red: Uint32Array, green: Uint32Array, blue: Uint32Array, luma: Uint32Array }} Histogram */

export const BINS = 64; // of 4 code values each

/**
 * @param {Uint8Array | Uint8ClampedArray} pixels RGBA
 * @param {number} count of pixels
 * @returns {Histogram} 64 counts each; luma is ITU-R BT.709's, of encoded values
 */
export function histogramOf(pixels, count) {
  const [red, green, blue, luma] = [0, 1, 2, 3].map(() => new Uint32Array(BINS));
  for (let at = 0; at < count * 4; at += 4) {
    const r = pixels[at];
    const g = pixels[at + 1];
    const b = pixels[at + 2];
    red[r >> 2]++;
    green[g >> 2]++;
    blue[b >> 2]++;
    luma[(0.2126 * r + 0.7152 * g + 0.0722 * b + 1e-6) >> 2]++; // white is 255, but for rounding
  }
  return { red, green, blue, luma };
}
