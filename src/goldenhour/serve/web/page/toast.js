// @ts-check
/** One sentence to the person: errors stay until they are dismissed or followed, news for a few seconds. */

import { byId, element, icon } from "./dom.js";

const SECONDS = 4;
const SECONDS_A_WORD = 0.35;

/**
 * @param {string} sentence
 * @param {"news" | "error"} [kind]
 */
export function tell(sentence, kind = "news") {
  const place = byId(kind === "error" ? "errors" : "news", HTMLElement);
  // a sentence that stands there already is not said twice over
  for (const old of [...place.children]) if (kind === "error" || old.firstElementChild?.textContent === sentence) old.remove();
  const toast = element("div", { class: `toast ${kind}` }, element("span", { text: sentence }));
  toast.append(element("button", { type: "button", class: "quiet", "aria-label": "Dismiss", onclick: () => toast.remove() }, icon("close")));
  // what a modal dialog covers can be neither seen nor reached
  const layer = document.querySelector("dialog[open]") ?? document.body;
  const toasts = /** @type {HTMLElement} */ (place.parentElement);
  if (toasts.parentElement !== layer) layer.append(toasts);
  place.append(toast);
  if (kind === "news") setTimeout(() => toast.remove(), (SECONDS + SECONDS_A_WORD * sentence.split(" ").length) * 1000);
}

/** @param {unknown} error */
export function tellError(error) {
  if (error instanceof DOMException && error.name === "AbortError") return;
  const said = error instanceof Error ? error.message : String(error);
  const sentence = said.replace(/^[a-z]+(?=[ ,;:])/, (word) => word.charAt(0).toUpperCase() + word.slice(1)); // not a file's name
  tell(/[.?!”"]$/.test(sentence) ? sentence : `${sentence}.`, "error");
}

/** What was wrong has been followed by something that worked. */
export function clearErrors() {
  byId("errors", HTMLElement).replaceChildren();
}
