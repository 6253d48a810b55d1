// @ts-check
/** The history strip: each look that was tried on the picture, small and in its words; a click restores it. */

import { effectiveRecipe, isNeutral, parted } from "../state/settings.js";
import { openPicture, same, untouched } from "../state/reducer.js";
import { identity, QUICK, tableOf } from "../stage/tables.js";
import { byId, element, show } from "./dom.js";

/** @typedef {import("../state/types.js").Edit} Edit */

const SMALL = { width: 108, height: 72 };

/**
 * @param {import("../state/store.js").Store} store
 * @param {import("../stage/view.js").View} view
 * @param {import("../files/desk.js").Desk} desk
 */
export function tried(store, view, desk) {
  const [list, strip] = [byId("tried-list", HTMLOListElement), byId("tried", HTMLElement)];
  const original = untouched(view.toolset);
  /** @type {Map<string, HTMLCanvasElement>} drawn once; by picture and look */
  const drawn = new Map();
  let shown = ""; // what stands in the strip: a slider that is dragged changes nothing there

  const smallOf = (/** @type {string} */ pictureId, /** @type {string} */ id, /** @type {Edit} */ edit) => {
    const key = `${pictureId} ${id}`;
    const known = drawn.get(key);
    if (known) return known;
    const canvas = element("canvas", { ...SMALL, "aria-hidden": "true" });
    drawn.set(key, canvas);
    drawSmall(canvas, edit, view, () => desk.isStaged(pictureId)).then((done) => {
      if (done) return;
      drawn.delete(key);
      shown = "";
    });
    return canvas;
  };

  const update = () => {
    const picture = openPicture(store.get());
    if (!picture || !desk.isStaged(picture.id)) return;
    const entries = [{ id: "original", words: "Original", edit: original }, ...picture.tried];
    show(true, strip); // from the start: the picture does not jump with the first answer
    const current = entries.map(({ id, edit }) => same(edit, picture.present) && (edit.answerId === picture.present.answerId || id === "original"));
    const key = JSON.stringify([picture.id, entries.map(({ id }) => id), current]);
    if (key === shown) return;
    shown = key;
    const rows = entries.map(({ id, words, edit }, place) => {
      const restore = element("button", { type: "button", class: "look-tried", "aria-current": current[place] && "true", title: words }, smallOf(picture.id, id, edit), element("span", { text: takeWords(words, edit) }));
      restore.addEventListener("click", () => store.dispatch({ type: "restored", edit }));
      return element("li", {}, restore);
    });
    const held = document.activeElement instanceof HTMLElement && list.contains(document.activeElement) ? [...list.querySelectorAll("button")].indexOf(/** @type {HTMLButtonElement} */ (document.activeElement)) : -1;
    const grown = rows.length > list.children.length;
    list.replaceChildren(...rows);
    if (held >= 0) list.querySelectorAll("button")[held]?.focus({ preventScroll: true });
    if (grown) list.scrollLeft = list.scrollWidth;
  };
  store.subscribe((state, before) => {
    const [picture, was] = [openPicture(state), openPicture(before)];
    if (!picture) return;
    if (picture.id !== was?.id || picture.tried !== was.tried || picture.present !== was.present) update();
  });
  desk.onStaged((id) => {
    for (const key of drawn.keys()) if (!store.get().pictures.some((picture) => key.startsWith(picture.id))) drawn.delete(key);
    if (id) update();
  });
}

/** @param {string} words @param {Edit} edit */
function takeWords(words, edit) {
  if (edit.take === 0 || edit.origin !== "words") return words;
  return `Another take${edit.take > 1 ? `, ${edit.take}` : ""}: ${words}`;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Edit} edit
 * @param {import("../stage/view.js").View} view
 * @param {() => boolean} staged whether the picture's pixels are still those on the stage
 */
async function drawSmall(canvas, edit, view, staged) {
  const { pointwise } = parted(view.toolset, effectiveRecipe(view.toolset, edit));
  await view.quiet();
  try {
    const table = isNeutral(pointwise) ? identity(2) : await tableOf(pointwise, QUICK);
    if (!staged()) return false;
    const [picture] = view.engine.thumbnails([table], SMALL.width, SMALL.height);
    if (picture) canvas.getContext("2d")?.putImageData(picture, 0, 0);
    return true;
  } catch {
    return false; // it is drawn when it is shown again
  }
}
