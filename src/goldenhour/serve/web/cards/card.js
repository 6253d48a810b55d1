// @ts-check
/** A tool as a card: folded away or open, switched on or off, with what it does now in its head. */

import { element, icon } from "../page/dom.js";
import { title } from "../state/sentences.js";

/** @typedef {import("../state/types.js").Tool} Tool */
/** @typedef {import("../state/store.js").Store} Store */
/** @typedef {ReturnType<typeof card>} Card */

const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * @param {Tool} tool
 * @param {Store} store
 * @param {boolean} open
 */
export function card(tool, store, open) {
  const name = title(tool.name);
  const summary = element("span", { class: "summary" });
  const body = element("div", { class: "card-body", id: `card-${tool.name}` });
  const unfold = element("button", { type: "button", class: "unfold", "aria-controls": body.id, title: tool.summary }, icon("down"), element("span", { class: "card-name", text: name }), summary);
  const reset = element("button", { type: "button", class: "reset", "aria-label": `Reset ${name.toLowerCase()}`, title: `Reset ${name.toLowerCase()}` }, icon("reset"));
  const power = element("input", { type: "checkbox", role: "switch", class: "switch", checked: true, "aria-label": `${name} on`, title: "Switch off and on; words leave it off" });
  const section = element("section", { class: "card", "data-tool": tool.name, "aria-label": name }, element("header", {}, element("h2", {}, unfold), reset, power), body);

  const setOpen = (/** @type {boolean} */ value) => {
    unfold.setAttribute("aria-expanded", String(value));
    body.hidden = !value;
    section.toggleAttribute("data-open", value);
    section.dispatchEvent(new Event("unfold"));
  };
  /** It opens below the fold as often as not. */
  const reveal = () => section.scrollIntoView({ behavior: STILL.matches ? "auto" : "smooth", block: "start" });
  unfold.addEventListener("click", () => {
    setOpen(body.hidden);
    if (!body.hidden) reveal();
  });
  reset.addEventListener("click", () => store.dispatch({ type: "reset", tool: tool.name }));
  power.addEventListener("change", () => store.dispatch({ type: "switched", tool: tool.name }));
  setOpen(open);

  return {
    section,
    body,
    setOpen,
    reveal,
    /** @param {{off: boolean, used: boolean, words: string}} now */
    set({ off, used, words }) {
      power.checked = !off;
      summary.textContent = off ? "off" : words;
      reset.disabled = !used;
      section.toggleAttribute("data-off", off);
      section.toggleAttribute("data-used", used && !off);
    },
  };
}
