// @ts-check
/** Words to click: whole looks before the first answer, changes to the current one after it. */

import { byId, element } from "../page/dom.js";

const LOOKS = [
  "golden hour", "like an 80s music video", "foggy scandinavian morning", "morocco", "rainy night in tokyo",
  "clean and bright", "moody forest", "old polaroid", "wes anderson pastels", "black and white, dramatic",
];
const CHANGES = ["a bit warmer", "a bit cooler", "less contrast", "brighter", "more muted", "stronger", "softer"];
const SHOWN = 6;

/**
 * What may be said next.
 * @param {import("../state/types.js").Picture} picture
 * @returns {string[]}
 */
function suggestionsFor({ present, past, id }) {
  if (!present.intent && !past.length) {
    // another picture begins with other words
    const start = parseInt(id.slice(-4), 16) % LOOKS.length;
    return [...LOOKS.slice(start), ...LOOKS.slice(0, start)].slice(0, SHOWN);
  }
  const hasFilter = typeof present.settings["filter.name"] === "string" && !present.off.includes("filter");
  return [...(hasFilter ? ["undo the filter"] : []), ...CHANGES].filter((words) => words !== present.intent).slice(0, SHOWN);
}

/**
 * @param {import("../state/store.js").Store} store
 * @param {import("../state/reducer.js").openPicture} openPicture
 * @param {(words: string) => void} submit
 */
export function suggestions(store, openPicture, submit) {
  const list = byId("suggestions", HTMLUListElement);
  let shown = "";
  store.subscribe((state) => {
    const picture = openPicture(state);
    const words = picture ? suggestionsFor(picture) : [];
    if (words.join("|") === shown) return;
    shown = words.join("|");
    list.replaceChildren(...words.map((each) => element("li", {}, element("button", { type: "button", class: "chip", text: each, onclick: () => submit(each) }))));
  });
}
