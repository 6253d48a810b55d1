// @ts-check
/** One sentence to the person: errors stay until they are dismissed or followed, news for a few seconds. */

import { byId, element, icon } from "./dom.js";

const SECONDS = 4;
const SECONDS_A_WORD = 0.35;
const SECONDS_TO_ACT = 20;
const FAILURES_SHOWN = 5;

/**
 * @param {string} sentence
 * @param {"news" | "error"} [kind]
 * @param {{words: string, run: () => void}} [action] what may be done about it
 */
export function tell(sentence, kind = "news", action = undefined) {
  const place = byId(kind === "error" ? "errors" : "news", HTMLElement);
  // a sentence that stands there already is not said twice over
  for (const old of [...place.children]) if (kind === "error" || old.firstElementChild?.textContent === sentence) old.remove();
  const toast = element("div", { class: `toast ${kind}` }, element("span", { text: sentence }));
  const act = () => {
    toast.remove();
    action?.run();
  };
  if (action) toast.append(element("button", { type: "button", class: "plain", text: action.words, onclick: act }));
  toast.append(element("button", { type: "button", class: "quiet", "aria-label": "Dismiss", onclick: () => toast.remove() }, icon("close")));
  // what a modal dialog covers can be neither seen nor reached
  const layer = document.querySelector("dialog[open]") ?? document.body;
  const toasts = /** @type {HTMLElement} */ (place.parentElement);
  if (toasts.parentElement !== layer) layer.append(toasts);
  place.append(toast);
  const seconds = action ? SECONDS_TO_ACT : SECONDS + SECONDS_A_WORD * sentence.split(" ").length;
  if (kind === "news") setTimeout(() => toast.remove(), seconds * 1000);
}

/** @param {unknown} error */
export function tellError(error) {
  if (error instanceof DOMException && error.name === "AbortError") return;
  const said = error instanceof Error ? error.message : String(error);
  const sentence = said.replace(/^[a-z]+(?=[ ,;:])/, (word) => word.charAt(0).toUpperCase() + word.slice(1)); // not a file's name
  tell(/[.?!”"]$/.test(sentence) ? sentence : `${sentence}.`, "error");
}

/**
 * What went wrong with some of several files: "8 of 10 exported; q1.jpg: the disk is full; q2.jpg: …"
 * @param {string} done
 * @param {{name: string, error: unknown}[]} failed
 */
export function tellFailures(done, failed) {
  const why = failed.slice(0, FAILURES_SHOWN).map(({ name, error }) => {
    const said = (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
    return said.startsWith(name) ? said : `${name}: ${said}`;
  });
  if (failed.length > FAILURES_SHOWN) why.push(`and ${failed.length - FAILURES_SHOWN} more`);
  tell(`${done}; ${why.join("; ")}.`, "error");
}

/** What was said belongs to the look before. */
export function clearNews() {
  byId("news", HTMLElement).replaceChildren();
}

/** What was wrong has been followed by something that worked. */
export function clearErrors() {
  byId("errors", HTMLElement).replaceChildren();
}
