// @ts-check
/** The film strip: one button for each open file, where there are several. */

import { byId, element, icon, show } from "../page/dom.js";

/**
 * @param {import("../state/store.js").Store} store
 * @param {import("./desk.js").Desk} desk
 */
export function film(store, desk) {
  const strip = byId("film", HTMLElement);
  /** @type {Map<string, HTMLElement>} */
  const cells = new Map();

  store.subscribe(({ pictures, openId }, before) => {
    if (pictures !== before.pictures) {
      for (const [id, cell] of cells) {
        if (pictures.some((picture) => picture.id === id)) continue;
        cell.remove();
        cells.delete(id);
      }
      for (const picture of pictures) {
        if (cells.has(picture.id)) continue;
        const cell = cellOf(picture, store, desk);
        cells.set(picture.id, cell);
        strip.append(cell);
      }
    }
    for (const [id, cell] of cells) {
      const choose = cell.querySelector("button");
      if (id === openId) choose?.setAttribute("aria-current", "true");
      else choose?.removeAttribute("aria-current");
      cell.toggleAttribute("data-graded", pictures.some((picture) => picture.id === id && picture.past.length > 0));
    }
    show(pictures.length > 1, strip);
  });
}

/**
 * @param {import("../state/types.js").Picture} picture
 * @param {import("../state/store.js").Store} store
 * @param {import("./desk.js").Desk} desk
 */
function cellOf({ id, name, kind }, store, desk) {
  const choose = element("button", { type: "button", class: "cell", title: name, "aria-label": name, onclick: () => store.dispatch({ type: "selected", id }) });
  const small = desk.small.get(id);
  if (small) choose.append(small);
  if (kind === "clip") choose.append(icon("film"));
  const close = element("button", { type: "button", class: "cell-close", "aria-label": `Close ${name}`, title: "Close", onclick: () => desk.close(id) }, icon("close"));
  return element("div", { class: "film-cell" }, choose, close);
}
