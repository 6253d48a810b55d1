// @ts-check
/** Tables from the server, the latest kept; so undo, redo and restored looks need no request. */

import { fetchTable, parseTables } from "../engine/index.js";

/** @typedef {import("../state/types.js").Recipe} Recipe */
/** @typedef {{size: number, data: Uint16Array}} Table */

export const QUICK = 33;
export const FINE = 65;
/** @type {Record<number, number>} 0.2 MB and 1.6 MB each */
const KEPT = { [QUICK]: 40, [FINE]: 6 };

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
  keep(key, size, table);
  return table;
}

/**
 * A table that came with an answer.
 * @param {Recipe} recipe
 * @param {string} text what `/v1/tables` sends, as base64
 */
export function keepTable(recipe, text) {
  const bytes = atob(text);
  const buffer = new ArrayBuffer(bytes.length);
  const whole = new Uint8Array(buffer);
  for (let place = 0; place < bytes.length; place++) whole[place] = bytes.charCodeAt(place);
  const [table] = parseTables(buffer);
  keep(keyOf(recipe, table.size), table.size, table);
}

/**
 * @param {string} key
 * @param {number} size
 * @param {Table} table
 */
function keep(key, size, table) {
  kept.delete(key);
  kept.set(key, table);
  const same = [...kept.keys()].filter((other) => other.startsWith(`${size} `));
  for (const old of same.slice(0, -(KEPT[size] ?? 1))) kept.delete(old);
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
