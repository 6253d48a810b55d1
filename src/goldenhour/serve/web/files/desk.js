// @ts-check
/** The open files and their pixels: opening, choosing which one is on the stage, closing. */

import { logProject, newId } from "../log.js";
import { button, byId, show } from "../page/dom.js";
import { tell, tellError } from "../page/toast.js";
import { effectiveRecipe } from "../state/settings.js";
import { openPicture } from "../state/reducer.js";
import { readMedia, release, smallCopy } from "./media.js";

/** @typedef {import("./media.js").Media} Media */

const DECODED = 4; // so many stay decoded; a photo takes 8 MB
const SMALL = { width: 144, height: 96 };

export class Desk {
  /** @type {Map<string, File>} */ files = new Map();
  /** @type {Map<string, HTMLCanvasElement>} */ small = new Map();
  /** @type {Map<string, Media>} decoded, the latest last */ #decoded = new Map();
  /** @type {string | null} whose pixels are on the stage */ #onStage = null;
  /** @type {AbortController | null} */ #reading = null;
  /** @type {((id: string | null) => void)[]} */ #onStaged = [];

  /**
   * @param {import("../state/store.js").Store} store
   * @param {import("../stage/view.js").View} view
   * @param {{attach: (video: HTMLVideoElement | null) => void}} player
   */
  constructor(store, view, player) {
    this.store = store;
    this.view = view;
    this.player = player;
    button("working-cancel").addEventListener("click", () => this.#reading?.abort());
    store.subscribe((state) => {
      if (state.openId === null && this.#onStage !== null) this.#leave();
      else if (state.openId !== null && state.openId !== this.#onStage) this.#stage(state.openId);
    });
  }

  /** Called when another picture's pixels are on the stage. @param {(id: string | null) => void} listener */
  onStaged(listener) {
    this.#onStaged.push(listener);
  }

  /** The media on the stage. @returns {Media | null} */
  get media() {
    return this.#onStage === null ? null : (this.#decoded.get(this.#onStage) ?? null);
  }

  /** Whether this picture's pixels are on the stage. @param {string} id */
  isStaged(id) {
    return this.#onStage === id && this.#decoded.has(id);
  }

  /**
   * Open files, one after the other; the first is shown. What cannot be opened is told and left out.
   * @param {File[]} files
   */
  async open(files) {
    let shown = false;
    for (const file of files) {
      const id = newId();
      const media = await this.#read(id, file);
      if (!media) continue;
      this.files.set(id, file);
      this.small.set(id, await smallCopy(media, SMALL.width, SMALL.height));
      logProject(id, media.kind);
      this.store.dispatch({ type: "opened", id, name: file.name, kind: media.kind });
      if (!shown) this.store.dispatch({ type: "selected", id });
      shown = true;
    }
    if (files.length > 1 && shown) tell(`${this.store.get().pictures.length} files are open.`);
  }

  /** @param {string} id */
  close(id) {
    this.store.dispatch({ type: "closed", id });
    const media = this.#decoded.get(id);
    if (media) release(media);
    this.#decoded.delete(id);
    this.files.delete(id);
    this.small.delete(id);
  }

  /**
   * @param {string} id
   * @param {File} file
   * @returns {Promise<Media | null>}
   */
  async #read(id, file) {
    this.#reading = new AbortController();
    const { signal } = this.#reading;
    const slow = setTimeout(() => this.#working(`Opening ${file.name}`, null), 300);
    try {
      const media = await readMedia(file, { signal, progress: (words, share) => this.#working(words, share) });
      this.#decoded.set(id, media);
      this.#forget(id);
      return media;
    } catch (error) {
      tellError(error);
      return null;
    } finally {
      clearTimeout(slow);
      this.#reading = null;
      show(false, byId("working", HTMLElement));
      document.body.toggleAttribute("data-working", false);
    }
  }

  /** Only the latest stay decoded. @param {string} latest */
  #forget(latest) {
    for (const [id, media] of this.#decoded) {
      if (this.#decoded.size <= DECODED) return;
      if (id === latest || id === this.#onStage) continue;
      release(media);
      this.#decoded.delete(id);
    }
  }

  /** @param {string} id */
  async #stage(id) {
    this.#onStage = id;
    const file = this.files.get(id);
    const media = this.#decoded.get(id) ?? (file ? await this.#read(id, file) : null);
    const picture = openPicture(this.store.get());
    if (this.#onStage !== id || !picture || picture.id !== id) return;
    if (!media) return this.close(id);
    const { source, kind } = media;
    this.player.attach(source instanceof HTMLVideoElement ? source : null);
    this.view.setSource(source, effectiveRecipe(this.view.toolset, picture.present));
    Object.assign(byId("stage", HTMLElement).dataset, { kind, shown: id });
    for (const listener of this.#onStaged) listener(id);
    if (source instanceof HTMLVideoElement && !matchMedia("(prefers-reduced-motion: reduce)").matches) source.play().catch(() => {});
  }

  #leave() {
    this.#onStage = null;
    this.player.attach(null);
    for (const listener of this.#onStaged) listener(null);
  }

  /** @param {string} words @param {number | null} share null where it is not known */
  #working(words, share) {
    const bar = byId("working-progress", HTMLProgressElement);
    byId("working-words", HTMLElement).textContent = words;
    if (share === null) bar.removeAttribute("value");
    else bar.value = share;
    show(true, byId("working", HTMLElement));
    document.body.toggleAttribute("data-working", true);
  }
}

