// @ts-check
/** The picture on the stage, graded: which table the engine has, and when it draws. */

import { openEngine, sizeOf } from "../engine/index.js";
import { isNeutral, parted } from "../state/settings.js";
import { roomOf } from "./frame.js";
import { FINE, keepTable, QUICK, tableAtHand, tableOf } from "./tables.js";
import { tell, tellError } from "../page/toast.js";

/** @typedef {import("../state/types.js").Recipe} Recipe */
/** @typedef {import("../state/types.js").Toolset} Toolset */
/** @typedef {ImageBitmap | HTMLVideoElement | HTMLCanvasElement} Source */

const MAX_PIXELS = 2_000_000;
const OTHER = 1.3; // times as many pixels, or as few: another size
const FINE_AFTER = 250; // ms without a change until the 65-point table is asked for
const DRAWN_AFTER = 120; // ms without a drawing until the histogram is taken

export class View {
  /** @type {import("../engine/index.js").AnyEngine} */ engine;
  /** @type {Recipe | null} what is to be shown */ #wanted = null;
  #fetching = false;
  #fineTimer = 0;
  #drawnTimer = 0;
  #drawnAt = 0;
  #listening = new AbortController();
  #frame = 0;
  hasSource = false;
  /** @type {Source | null} */ #source = null;
  #maxPixels = 0;
  /** @type {(() => void)[]} */ #onSource = [];
  /** @type {(() => void)[]} */ #onDrawn = [];

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Toolset} toolset
   */
  constructor(canvas, toolset) {
    this.canvas = canvas;
    this.toolset = toolset;
    this.engine = openEngine(canvas, {
      onLost: () => tell("The graphics card was taken away; the picture comes back with it.", "error"),
      onRestored: () => this.draw(),
      onSoftware: (sentence) => tell(sentence, "notice"),
    });
  }

  /** Called a moment after the picture last changed. @param {() => void} listener */
  onDrawn(listener) {
    this.#onDrawn.push(listener);
  }

  /**
   * Put a picture or a clip on the stage.
   * @param {Source} source
   * @param {Recipe} recipe
   */
  setSource(source, recipe) {
    this.#maxPixels = this.#showable(source);
    this.engine.setSource(source, { maxPixels: this.#maxPixels });
    this.#source = source;
    if (!this.show(recipe)) this.engine.setTable(null); // rather the original than another picture's grade
    this.draw();
    this.hasSource = true;
    for (const listener of this.#onSource) listener();
  }

  /** The stage has another size: where that matters, the picture comes again, as large as it can be shown. */
  fit() {
    const source = this.#source;
    if (!source || (source instanceof ImageBitmap && !source.width)) return; // closed
    const maxPixels = this.#showable(source);
    if (maxPixels < this.#maxPixels * OTHER && maxPixels > this.#maxPixels / OTHER) return;
    this.#maxPixels = maxPixels;
    this.engine.setSource(source, { maxPixels });
    this.draw();
  }

  /** Pixels that a picture has on this screen: more would cost time, and nobody would see them. @param {Source} source */
  #showable(source) {
    const { width, height } = roomOf(this.canvas.closest("#stage") ?? document.body);
    const room = width > 0 && height > 0 ? { width, height } : { width: window.innerWidth, height: window.innerHeight };
    const own = sizeOf(source);
    const scale = own.width && Math.min(room.width / own.width, room.height / own.height);
    const area = scale ? own.width * own.height * scale ** 2 : room.width * room.height; // a clip has no size at first
    return Math.min(area * window.devicePixelRatio ** 2, MAX_PIXELS);
  }

  /** Called when another picture is on the stage. @param {() => void} listener */
  onSource(listener) {
    this.#onSource.push(listener);
  }

  /**
   * Grade by a recipe. True where its table is at hand and it is drawn in this frame.
   * @param {Recipe} recipe
   */
  show(recipe) {
    this.#wanted = recipe;
    clearTimeout(this.#fineTimer);
    const { pointwise, spatial } = parted(this.toolset, recipe);
    const neutral = isNeutral(pointwise);
    const table = neutral ? null : tableAtHand(pointwise);
    if (neutral || table) {
      this.engine.setTable(table);
      this.engine.setSpatial(spatial);
      this.#soon();
      if (table && table.size < FINE) this.#fineTimer = window.setTimeout(() => this.#refine(recipe, pointwise), FINE_AFTER);
      return true;
    }
    if (!this.#fetching) this.#fetch(recipe, pointwise);
    return false;
  }

  /**
   * Have the table of a recipe at hand, so that `show` draws at once.
   * @param {Recipe} recipe
   * @param {{ recipe: Recipe, table?: string }} answer that may have brought it
   * @param {AbortSignal} [signal]
   */
  async ready(recipe, answer, signal) {
    const { pointwise } = parted(this.toolset, recipe);
    if (isNeutral(pointwise) || tableAtHand(pointwise)) return;
    const answered = parted(this.toolset, answer.recipe).pointwise;
    if (answer.table && JSON.stringify(answered) === JSON.stringify(pointwise)) keepTable(pointwise, answer.table);
    else await tableOf(pointwise, QUICK, signal);
  }

  /** Draw now. */
  draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.engine.draw();
    this.#drawnAt = performance.now();
    clearTimeout(this.#drawnTimer);
    this.#drawnTimer = window.setTimeout(async () => {
      const { signal } = (this.#listening = new AbortController());
      await this.engine.finished();
      if (!signal.aborted) for (const listener of this.#onDrawn) listener();
    }, DRAWN_AFTER);
    this.#listening.abort(); // there is a newer drawing to tell of
  }

  /** When the picture has been on the screen for a moment: what is read from the GPU before would hold it up. */
  async quiet() {
    do {
      await new Promise((resolve) => setTimeout(resolve, DRAWN_AFTER));
      await this.engine.finished();
    } while (performance.now() - this.#drawnAt < DRAWN_AFTER);
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => this.draw());
  }

  /**
   * One request at a time, then the newest wish: a drag gets a steady stream of tables instead of none.
   * @param {Recipe} recipe
   * @param {Recipe} pointwise
   */
  async #fetch(recipe, pointwise) {
    this.#fetching = true;
    try {
      await tableOf(pointwise, QUICK);
    } catch (error) {
      tellError(error);
      if (this.#wanted === recipe) return;
    } finally {
      this.#fetching = false;
    }
    if (this.#wanted && this.#wanted !== recipe) {
      // what has arrived is nearer to the wish than what is shown
      const table = tableAtHand(pointwise);
      if (table) this.engine.setTable(table);
      this.#soon();
    }
    if (this.#wanted) this.show(this.#wanted);
  }

  /** @param {Recipe} recipe @param {Recipe} pointwise */
  async #refine(recipe, pointwise) {
    try {
      await tableOf(pointwise, FINE);
    } catch {
      return; // the quick one is shown, and no eye sees the difference
    }
    if (this.#wanted === recipe) this.show(recipe);
  }
}
