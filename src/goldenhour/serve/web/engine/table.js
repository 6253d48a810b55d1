/** 3D tables as the server sends them: `serve/tables.py` says how. */

import { EngineError } from "./errors.js";

/**
 * Encoded sRGB, 0..65535 for 0..1; red fastest, then green, then blue.
 * @typedef {{ size: number, data: Uint16Array }} Table
 */

const MAGIC = 0x31544847; // "GHT1", read as little-endian
const HEAD = 12; // bytes
const LARGEST = 129; // points a side; no server sends more than 65
const MOST = 1000; // tables

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * The tables in a reply of `/v1/tables` or `/v1/tables/looks`; they share the reply's memory.
 * @param {ArrayBuffer} buffer
 * @returns {Table[]}
 * @throws {EngineError} where it is something else, or a part is missing
 */
export function parseTables(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEAD || view.getUint32(0, true) !== MAGIC) {
    throw new EngineError("table", "The server's table of colours is not one; reload the page.");
  }
  const size = view.getUint32(4, true);
  const count = view.getUint32(8, true);
  const values = size ** 3 * 3;
  if (size < 2 || size > LARGEST || count < 1 || count > MOST || buffer.byteLength !== HEAD + count * values * 2) {
    throw new EngineError("table", "The server's table of colours came damaged; try again.");
  }
  return Array.from({ length: count }, (_, number) => ({
    size,
    data: numbers(buffer, HEAD + number * values * 2, values),
  }));
}

/**
 * @param {ArrayBuffer} buffer
 * @param {number} start
 * @param {number} length
 */
function numbers(buffer, start, length) {
  if (LITTLE_ENDIAN) return new Uint16Array(buffer, start, length);
  const view = new DataView(buffer, start);
  return Uint16Array.from({ length }, (_, index) => view.getUint16(2 * index, true));
}

/**
 * The table of a recipe's pointwise steps, compiled by the server: 65 points as an export has them, 33 come sooner.
 * @param {object} recipe
 * @param {33 | 65} size
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {Promise<Table>}
 * @throws {EngineError} with the server's own sentence where it refuses
 */
export async function fetchTable(recipe, size, { signal } = {}) {
  const query = new URLSearchParams({ recipe: JSON.stringify(recipe), size: String(size) });
  const reply = await fetch(`/v1/tables?${query}`, { signal: signal ?? null });
  if (!reply.ok) throw new EngineError("table", await problem(reply));
  const [table] = parseTables(await reply.arrayBuffer());
  return table;
}

/** @param {Response} reply */
async function problem(reply) {
  try {
    const { detail } = await reply.json();
    if (typeof detail === "string") return detail;
  } catch {
    // no JSON: something between here and the server answered
  }
  return `The server sent no table of colours (status ${reply.status}); try again.`;
}

const UNITS = 32 * 255; // a lane's largest value: 1/32 code values, as in the server's packed table

/**
 * A table in the units of the server's kernel for 8 bits, `render/kernel.py`: 0..8160, rounded.
 * @param {Table} table
 * @param {Uint16Array} lanes as many values as the table has
 */
export function writeLanes({ data }, lanes) {
  for (let index = 0; index < data.length; index++) {
    lanes[index] = data[index] * (UNITS / 65535) + 0.5;
  }
}

/**
 * Whether something can be used as a table.
 * @param {unknown} table
 * @returns {table is Table}
 */
export function isTable(table) {
  if (typeof table !== "object" || table === null) return false;
  const { size, data } = /** @type {Partial<Table>} */ (table);
  return Number.isInteger(size) && data instanceof Uint16Array && Number(size) >= 2 && data.length === Number(size) ** 3 * 3;
}
