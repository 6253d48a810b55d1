// @ts-check
/** The keyboard: one table of what keys do, which is also what is shown by "?". */

import { button, byId, element, takesText } from "./dom.js";

/** @typedef {{keys: string, does: string, matches?: (event: KeyboardEvent) => boolean, run?: () => void}} Key */

/** @param {KeyboardEvent} event */
const command = (event) => (event.ctrlKey || event.metaKey) && !event.altKey;

/** @param {string} letter @returns {(event: KeyboardEvent) => boolean} */
const plain = (letter) => (event) => !event.ctrlKey && !event.metaKey && !event.altKey && event.key.toLowerCase() === letter;

/**
 * @param {{undo: () => void, redo: () => void, words: () => void, open: () => void, split: () => void, play: () => void,
 *   exports: () => void}} does
 */
export function keys(does) {
  const dialog = byId("keys", HTMLDialogElement);
  /** @type {Key[]} */
  const table = [
    { keys: "Enter", does: "Grade by the words" },
    { keys: "Esc", does: "Leave the words" },
    { keys: "/", does: "Go to the words", matches: plain("/"), run: does.words },
    { keys: "Ctrl Z", does: "Undo", matches: (event) => command(event) && !event.shiftKey && event.key.toLowerCase() === "z", run: does.undo },
    { keys: "Ctrl Shift Z, Ctrl Y", does: "Redo", matches: (event) => command(event) && ((event.shiftKey && event.key.toLowerCase() === "z") || event.key.toLowerCase() === "y"), run: does.redo },
    { keys: "\\", does: "Hold to see the original" },
    { keys: "Y", does: "Split before and after", matches: plain("y"), run: does.split },
    { keys: "Space", does: "Play or pause a clip", matches: (event) => event.key === " " && !onControl(event.target), run: does.play },
    { keys: "← →", does: "Move a slider by 1; with Shift by 10" },
    { keys: "Delete", does: "Reset a slider" },
    { keys: "Ctrl C, Ctrl V", does: "Copy, paste a recipe; paste a picture" },
    { keys: "O", does: "Open files", matches: plain("o"), run: does.open },
    { keys: "E", does: "Export", matches: plain("e"), run: does.exports },
    { keys: "?", does: "This list", matches: plain("?"), run: () => dialog.showModal() },
  ];
  byId("keys-list", HTMLElement).append(...table.map(({ keys: names, does: words }) => element("div", {}, element("dt", {}, ...names.split(", ").map((name) => element("kbd", { text: name }))), element("dd", { text: words }))));
  button("keys-open").addEventListener("click", () => dialog.showModal());
  button("keys-close").addEventListener("click", () => dialog.close());

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    // in a field of text the keys are the field's; but where nothing has been typed since Enter, undo is the picture's
    const field = takesText(event.target) ? /** @type {HTMLInputElement} */ (event.target) : null;
    if (field?.id === "intent" && event.key === "Escape" && !event.isComposing) field.blur();
    if (field && (!command(event) || field.value !== (field.dataset.said ?? ""))) return;
    const key = table.find(({ matches }) => matches?.(event));
    if (!key?.run) return;
    event.preventDefault();
    key.run();
  });
}

/** @param {EventTarget | null} target */
function onControl(target) {
  return target instanceof HTMLElement && target.closest("button, a, input, select, [role=slider]") !== null;
}
