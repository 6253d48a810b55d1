/** A table on the GPU. */

import { UNITS } from "./gpu.js";
import { writeLanes } from "./table.js";

/** @typedef {import("./gpu.js").Gpu} Gpu */
/** @typedef {import("./table.js").Table} Table */

export class TableTexture {
  /** @param {Gpu} gpu */
  constructor(gpu) {
    this.#gpu = gpu;
  }

  #gpu;
  /** @type {Table | null} */
  #table = null;
  /** @type {WebGLTexture | null} */
  #texture = null;
  #size = 0; // points a side of the texture
  #lanes = new Uint16Array(0);

  /** @param {Table | null} table null: none is applied */
  set(table) {
    this.#table = table;
    if (!table || this.#gpu.lost) return;
    const { gl } = this.#gpu;
    const { size } = table;
    if (size !== this.#size) {
      gl.deleteTexture(this.#texture);
      this.#texture = this.#gpu.texture(gl.TEXTURE_3D);
      gl.texStorage3D(gl.TEXTURE_3D, 1, gl.RGB16UI, size, size, size);
      this.#size = size;
      this.#lanes = new Uint16Array(size ** 3 * 3);
    }
    writeLanes(table, this.#lanes);
    this.#gpu.bind(UNITS.table, this.#texture, gl.TEXTURE_3D);
    gl.texSubImage3D(gl.TEXTURE_3D, 0, 0, 0, 0, size, size, size, gl.RGB_INTEGER, gl.UNSIGNED_SHORT, this.#lanes);
  }

  /**
   * A pass with this table.
   * @param {"pointwise" | "pointwiseToBytes"} pass
   */
  use(pass) {
    this.#gpu.bind(UNITS.table, this.#texture, this.#gpu.gl.TEXTURE_3D);
    return this.#gpu.use(pass).integer("points", this.#table ? this.#table.size : 0);
  }

  /** After a lost context came back. */
  revive() {
    this.#texture = null;
    this.#size = 0;
    this.set(this.#table);
  }

  dispose() {
    this.#gpu.gl.deleteTexture(this.#texture);
  }
}
