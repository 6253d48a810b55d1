/** WebGL2, as far as the engine needs it: programs, textures to draw into, passes over every pixel of one. */

import { EngineError } from "./errors.js";
import { FRAGMENTS, VERTEX } from "./shaders.js";

/** @typedef {import("./shaders.js").Pass} Pass */
/** @typedef {{ texture: WebGLTexture, framebuffer: WebGLFramebuffer, width: number, height: number }} Target */

/** Texture units, the same in every pass. */
export const UNITS = { source: 0, table: 1, image: 2, second: 3, stack: 4, wide: 5 };

/** Pixels that a blur makes in one go, each in a layer of its own: as many as every WebGL2 draws into at once. */
export const LAYERS = 4;

export class Gpu {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", {
      alpha: true, // a picture's own
      premultipliedAlpha: false,
      antialias: false,
      depth: false,
      stencil: false,
    });
    if (!gl) {
      throw new EngineError("unsupported", "This browser has no WebGL2, which draws the preview; exports work without.");
    }
    this.gl = gl;
    gl.drawingBufferColorSpace = "srgb";
    /** Textures are at most so wide and high. */
    this.largest = Math.min(gl.getParameter(gl.MAX_TEXTURE_SIZE), ...gl.getParameter(gl.MAX_VIEWPORT_DIMS), 16384);
    this.#prepare();
  }

  /** @type {Map<Pass, Program>} */
  #programs = new Map();
  /** @type {Map<string, Target>} */
  #targets = new Map();
  /** @type {Program | null} */
  #current = null;
  /** @type {WebGLVertexArrayObject | null} */
  #nothing = null; // the triangle's corners come from their number

  #prepare() {
    const { gl } = this;
    gl.disable(gl.DITHER);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    this.#nothing = gl.createVertexArray();
    gl.bindVertexArray(this.#nothing);
    // all at once, so that the driver may compile side by side and no slider waits for it
    const vertex = compiled(gl, gl.VERTEX_SHADER, VERTEX);
    for (const pass of /** @type {Pass[]} */ (Object.keys(FRAGMENTS))) {
      this.#programs.set(pass, new Program(gl, vertex, FRAGMENTS[pass]));
    }
    gl.deleteShader(vertex);
  }

  /** After a lost context came back: everything that was made is gone. */
  revive() {
    this.#programs.clear();
    this.#targets.clear();
    this.#current = null;
    this.#prepare();
  }

  get lost() {
    return this.gl.isContextLost();
  }

  /**
   * The program of a pass, ready for its uniforms.
   * @param {Pass} pass
   * @returns {Program}
   */
  use(pass) {
    const program = /** @type {Program} */ (this.#programs.get(pass));
    if (program !== this.#current) {
      program.use();
      this.#current = program;
    }
    return program;
  }

  /**
   * Bind a texture where passes find it.
   * @param {number} unit one of UNITS
   * @param {WebGLTexture | null} texture
   * @param {number} [kind] of the texture; two-dimensional by default
   */
  bind(unit, texture, kind = this.gl.TEXTURE_2D) {
    this.gl.activeTexture(this.gl.TEXTURE0 + unit);
    this.gl.bindTexture(kind, texture);
  }

  /**
   * Run the program in use over every pixel of a target; null is the canvas.
   * @param {Target | null} target
   * @param {number} width
   * @param {number} height
   * @param {number} [y] the first row
   */
  cover(target, width, height, y = 0) {
    const { gl } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, target && target.framebuffer);
    gl.viewport(0, y, width, height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /**
   * A texture without size yet, read pixel by pixel.
   * @param {number} [kind] two-dimensional by default
   * @returns {WebGLTexture}
   */
  texture(kind = this.gl.TEXTURE_2D) {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + UNITS.second);
    gl.bindTexture(kind, texture);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(kind, name, gl.NEAREST);
    for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(kind, name, gl.CLAMP_TO_EDGE);
    return texture;
  }

  /**
   * What is drawn into under this name; made again only when its size changes.
   * @param {string} name
   * @param {number} width
   * @param {number} height
   * @param {"planes" | "bytes"} [form] 16 bits for the next pass, or 8 to be read
   * @returns {Target}
   */
  target(name, width, height, form = "planes") {
    const { gl } = this;
    return this.#kept(name, width, height, gl.TEXTURE_2D, (texture) => {
      gl.texStorage2D(gl.TEXTURE_2D, 1, form === "planes" ? gl.RGBA16UI : gl.RGBA8, width, height);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    });
  }

  /**
   * The same with layers, which are all drawn into at once.
   * @param {string} name
   * @param {number} width
   * @param {number} height
   * @returns {Target}
   */
  stack(name, width, height) {
    const { gl } = this;
    return this.#kept(name, width, height, gl.TEXTURE_2D_ARRAY, (texture) => {
      gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.RGBA16UI, width, height, LAYERS);
      const places = Array.from({ length: LAYERS }, (_, layer) => gl.COLOR_ATTACHMENT0 + layer);
      places.forEach((place, layer) => gl.framebufferTextureLayer(gl.FRAMEBUFFER, place, texture, 0, layer));
      gl.drawBuffers(places);
    });
  }

  /**
   * What is kept under a name, or it is made: a texture, and the framebuffer that draws into it, both bound.
   * @param {string} name
   * @param {number} width
   * @param {number} height
   * @param {number} kind of the texture
   * @param {(texture: WebGLTexture) => void} attach give the texture its memory, and the framebuffer the texture
   * @returns {Target}
   */
  #kept(name, width, height, kind, attach) {
    const kept = this.#targets.get(name);
    if (kept && kept.width === width && kept.height === height) return kept;
    if (kept) this.#free(kept);
    const { gl } = this;
    const texture = this.texture(kind);
    const framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    attach(texture);
    const made = { texture, framebuffer, width, height };
    this.#targets.set(name, made);
    return made;
  }

  /**
   * Give a target's memory back.
   * @param {string} name
   */
  forget(name) {
    const target = this.#targets.get(name);
    if (target) this.#free(target);
    this.#targets.delete(name);
  }

  /** @param {Target} target */
  #free({ texture, framebuffer }) {
    this.gl.deleteFramebuffer(framebuffer);
    this.gl.deleteTexture(texture);
  }

  dispose() {
    for (const name of [...this.#targets.keys()]) this.forget(name);
    for (const program of this.#programs.values()) program.dispose();
    this.#programs.clear();
    this.gl.deleteVertexArray(this.#nothing);
  }
}

export class Program {
  /**
   * @param {WebGL2RenderingContext} gl
   * @param {WebGLShader} vertex
   * @param {string} fragment its source
   */
  constructor(gl, vertex, fragment) {
    this.gl = gl;
    this.#shader = compiled(gl, gl.FRAGMENT_SHADER, fragment);
    this.#program = gl.createProgram();
    gl.attachShader(this.#program, vertex);
    gl.attachShader(this.#program, this.#shader);
    gl.linkProgram(this.#program);
  }

  #shader;
  #program;
  #ready = false;
  /** @type {Map<string, WebGLUniformLocation | null>} */
  #places = new Map();

  use() {
    this.gl.useProgram(this.#program);
    if (this.#ready) return;
    this.#ready = true; // asked only now, for the answer waits until the driver has compiled
    if (!this.gl.getProgramParameter(this.#program, this.gl.LINK_STATUS) && !this.gl.isContextLost()) {
      const log = this.gl.getShaderInfoLog(this.#shader) || this.gl.getProgramInfoLog(this.#program);
      throw new EngineError("unsupported", `This graphics driver cannot run the preview: ${log}`);
    }
    for (const [name, unit] of Object.entries(UNITS)) this.gl.uniform1i(this.place(name), unit);
  }

  /**
   * Where a uniform is; null, which WebGL ignores, where the pass has none of this name.
   * @param {string} name
   */
  place(name) {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.gl.getUniformLocation(this.#program, name);
      this.#places.set(name, place);
    }
    return place;
  }

  /**
   * @param {string} name
   * @param {number} value
   */
  integer(name, value) {
    this.gl.uniform1i(this.place(name), value);
    return this;
  }

  /**
   * @param {string} name
   * @param {number} x
   * @param {number} y
   */
  integers(name, x, y) {
    this.gl.uniform2i(this.place(name), x, y);
    return this;
  }

  /**
   * @param {string} name
   * @param {number} value
   */
  number(name, value) {
    this.gl.uniform1f(this.place(name), value);
    return this;
  }

  /**
   * @param {string} name
   * @param {number} x
   * @param {number} y
   */
  numbers(name, x, y) {
    this.gl.uniform2f(this.place(name), x, y);
    return this;
  }

  /**
   * @param {string} name of an array
   * @param {Float32Array} values
   */
  list(name, values) {
    this.gl.uniform1fv(this.place(name), values);
    return this;
  }

  /**
   * @param {string} name of an array of vectors
   * @param {Float32Array} values
   */
  vectors(name, values) {
    this.gl.uniform4fv(this.place(name), values);
    return this;
  }

  /**
   * @param {string} name of an array of 4 × 4 matrices
   * @param {Float32Array} values by columns
   */
  matrices(name, values) {
    this.gl.uniformMatrix4fv(this.place(name), false, values);
    return this;
  }

  dispose() {
    this.gl.deleteShader(this.#shader);
    this.gl.deleteProgram(this.#program);
  }
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {number} kind
 * @param {string} source
 */
function compiled(gl, kind, source) {
  const shader = gl.createShader(kind);
  if (!shader) throw new EngineError("lost", "The graphics driver lost the preview; it comes back by itself.");
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
}
