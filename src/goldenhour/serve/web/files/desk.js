// @ts-check
/** The open files and their pixels: opening, choosing which one is on the stage, closing. */

import { logProject, newId } from "../log.js";
import { button, byId, show } from "../page/dom.js";
import { tell, tellError, tellFailures } from "../page/toast.js";
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
  /** @type {string | null} whose pixels are seen */ #shown = null;
  /** @type {{id: string, cancel: AbortController} | null} */ #reading = null;
  /** @type {Promise<unknown>} the last read that was asked for */ #turn = Promise.resolve();
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
    button("working-cancel").addEventListener("click", () => this.#reading?.cancel.abort());
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
   * @returns {Promise<boolean>} whether there was one
   */
  async open(files) {
    let opened = 0;
    /** @type {{name: string, error: unknown}[]} */
    const failed = [];
    for (const file of files) {
      const id = newId();
      this.files.set(id, file);
      const media = await this.#read(id, { failed: (error) => failed.push({ name: file.name, error }) });
      if (!media) {
        this.files.delete(id);
        continue;
      }
      this.small.set(id, await smallCopy(media, SMALL.width, SMALL.height));
      logProject(id, media.kind);
      this.store.dispatch({ type: "opened", id, name: file.name, kind: media.kind });
      if (!opened) this.store.dispatch({ type: "selected", id });
      opened++;
    }
    if (failed.length && files.length > 1) tellFailures(`${opened} of ${files.length} files opened`, failed);
    else if (failed.length) tellError(failed[0]?.error);
    else if (files.length > 1 && opened) tell(`${this.store.get().pictures.length} files are open.`);
    return opened > 0;
  }

  /** @param {string} id */
  close(id) {
    this.files.delete(id);
    if (this.#reading?.id === id) this.#reading.cancel.abort();
    this.store.dispatch({ type: "closed", id });
    const media = this.#decoded.get(id);
    if (media) release(media);
    this.#decoded.delete(id);
    this.small.delete(id);
  }

  /**
   * One file at a time: a second one would tell its progress over the first one's.
   * @param {string} id
   * @param {{wanted?: () => boolean, failed?: (error: unknown) => void}} [how] `wanted` is asked when its turn comes
   * @returns {Promise<Media | null>} null where it cannot be read, or where it was cancelled or closed
   */
  #read(id, { wanted = () => true, failed = tellError } = {}) {
    const turn = this.#turn.then(() => (wanted() ? this.#readNow(id, failed) : null));
    this.#turn = turn;
    return turn;
  }

  /**
   * @param {string} id
   * @param {(error: unknown) => void} failed
   * @returns {Promise<Media | null>}
   */
  async #readNow(id, failed) {
    const file = this.files.get(id);
    const known = this.#decoded.get(id);
    if (!file || known) return known ?? null;
    const cancel = new AbortController();
    const { signal } = cancel;
    this.#reading = { id, cancel };
    const slow = setTimeout(() => this.#working(`Opening ${file.name}`, null), 300);
    try {
      const media = await readMedia(file, { signal, largest: this.view.toolset.largest, progress: (words, share) => this.#working(words, share) });
      if (signal.aborted) {
        release(media); // closed or cancelled while the browser decoded it, which it does not stop
        return null;
      }
      this.#decoded.set(id, media);
      this.#forget(id);
      return media;
    } catch (error) {
      if (!signal.aborted) failed(error);
      return null;
    } finally {
      clearTimeout(slow);
      this.#reading = null;
      show(false, byId("working", HTMLElement));
    }
  }

  /** Only the latest stay decoded. @param {string} latest */
  #forget(latest) {
    for (const [id, media] of this.#decoded) {
      if (this.#decoded.size <= DECODED) return;
      if (id === latest || id === this.#onStage || id === this.#shown) continue;
      release(media);
      this.#decoded.delete(id);
    }
  }

  /** @param {string} id */
  async #stage(id) {
    this.#onStage = id;
    const media = this.#decoded.get(id) ?? (await this.#read(id, { wanted: () => this.#onStage === id }));
    const picture = openPicture(this.store.get());
    if (this.#onStage !== id || !picture || picture.id !== id) return;
    if (!media) return this.#back(picture);
    const { source, kind } = media;
    this.#shown = id;
    this.player.attach(source instanceof HTMLVideoElement ? source : null);
    this.view.setSource(source, effectiveRecipe(this.view.toolset, picture.present));
    Object.assign(byId("stage", HTMLElement).dataset, { kind, shown: id });
    for (const listener of this.#onStaged) listener(id);
    if (source instanceof HTMLVideoElement && !matchMedia("(prefers-reduced-motion: reduce)").matches) source.play().catch(() => {});
  }

  /**
   * A file that was open and cannot be read again, now: it stays open with all that was done to it, and can be chosen
   * again; the one before is shown, or where no other is decoded, its own small copy.
   * @param {import("../state/types.js").Picture} picture
   */
  #back({ id, kind, present }) {
    const isOpen = (/** @type {string} */ other) => this.store.get().pictures.some((picture) => picture.id === other);
    const latest = [...this.#decoded.keys()].filter((other) => other !== id && isOpen(other)).reverse();
    const before = latest.find((other) => other === this.#shown) ?? latest[0];
    if (before) return this.store.dispatch({ type: "selected", id: before });
    const small = this.small.get(id);
    this.#shown = id;
    this.player.attach(null);
    if (small) this.view.setSource(small, effectiveRecipe(this.view.toolset, present));
    Object.assign(byId("stage", HTMLElement).dataset, { kind, shown: id });
    for (const listener of this.#onStaged) listener(id);
  }

  #leave() {
    this.#onStage = this.#shown = null;
    this.player.attach(null);
    for (const listener of this.#onStaged) listener(null);
  }

  /** @param {string} words @param {number | null} share null where it is not known */
  #working(words, share) {
    const bar = byId("working-progress", HTMLProgressElement);
    const line = byId("working-words", HTMLElement);
    if (line.textContent !== words) line.textContent = words; // a screen reader says it once
    if (share === null) bar.removeAttribute("value");
    else bar.value = share;
    show(true, byId("working", HTMLElement));
  }
}

