// @ts-check
/** Tables from the server, the latest kept; so undo, redo and restored looks need no request. */

import { fetchTable } from "../engine/index.js";

/** @typedef {import("../state/types.js").Recipe} Recipe */
/** @typedef {{size: number, data: Uint16Array}} Table */

export const QUICK = 33;
export const FINE = 65;
const KEPT = { [QUICK]: 40, [FINE]: 6 }; // 0.2 MB and 1.6 MB each

/** @type {Map<string, Table>} oldest first */
const kept = new Map();

/** @param {Recipe} recipe @param {number} size */
const keyOf = (recipe, size) => `${size} ${JSON.stringify(recipe)}`;

/**
 * The finest table at hand, or null.
 * @param {Recipe} recipe
 */
export function tableAtHand(recipe) {
  return kept.get(keyOf(recipe, FINE)) ?? kept.get(keyOf(recipe, QUICK)) ?? null;
}

/**
 * @param {Recipe} recipe
 * @param {33 | 65} size
 * @param {AbortSignal} [signal]
 * @returns {Promise<Table>}
 */
export async function tableOf(recipe, size, signal) {
  const key = keyOf(recipe, size);
  const table = kept.get(key) ?? (await fetchTable(recipe, size, { signal }));
  kept.delete(key);
  kept.set(key, table);
  const same = [...kept.keys()].filter((other) => other.startsWith(`${size} `));
  for (const old of same.slice(0, -KEPT[size])) kept.delete(old);
  return table;
}

/**
 * The table that changes nothing.
 * @param {number} size
 * @returns {Table}
 */
export function identity(size) {
  const level = (/** @type {number} */ step) => Math.round((65535 * step) / (size - 1));
  const data = new Uint16Array(size ** 3 * 3);
  for (let entry = 0; entry < size ** 3; entry++) {
    data.set([entry % size, Math.floor(entry / size) % size, Math.floor(entry / size ** 2)].map(level), entry * 3);
  }
  return { size, data };
}
