// @ts-check
/** One sentence to the person: notices stay until they are dismissed, errors also until they are followed, news for a few seconds. */

import { byId, element, icon } from "./dom.js";

const SECONDS = 4;
const SECONDS_A_WORD = 0.35;
const SECONDS_TO_ACT = 20;
const NAMES_SHOWN = 12;

/**
 * @param {string} sentence
 * @param {"news" | "error" | "notice"} [kind]
 * @param {{words: string, run: () => void}} [action] what may be done about it
 */
export function tell(sentence, kind = "news", action = undefined) {
  const place = byId(kind === "news" ? "news" : "errors", HTMLElement);
  if (kind === "error") clearErrors();
  // a sentence that stands there already is not said twice over
  for (const old of [...place.children]) if (old.firstElementChild?.textContent === sentence) old.remove();
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
 * What went wrong with some of several files: "7 of 10 exported; q1.jpg: the disk is full (likewise q2.jpg, q3.jpg)."
 * @param {string} done
 * @param {{name: string, error: unknown}[]} failed
 */
export function tellFailures(done, failed) {
  /** @type {Map<string, string[]>} by what went wrong */
  const names = new Map();
  for (const { name, error } of failed) {
    const said = (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
    const why = said.startsWith(name) ? said.slice(name.length) : `: ${said}`;
    names.set(why, [...(names.get(why) ?? []), name]);
  }
  const sentences = [...names].map(([why, [first, ...others]]) => {
    const shown = others.slice(0, NAMES_SHOWN).join(", ");
    const more = others.length > NAMES_SHOWN ? ` and ${others.length - NAMES_SHOWN} more` : "";
    return `${first}${why}${others.length ? ` (likewise ${shown}${more})` : ""}`;
  });
  tell(`${done}; ${sentences.join("; ")}.`, "error");
}

/** What was said belongs to the look before. */
export function clearNews() {
  byId("news", HTMLElement).replaceChildren();
}

/** What was wrong has been followed by something that worked. */
export function clearErrors() {
  for (const old of document.querySelectorAll("#errors .error")) old.remove();
}
