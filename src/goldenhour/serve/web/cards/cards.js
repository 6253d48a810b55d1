// @ts-check
/** The panel: overall intensity, and a card for each tool of the toolset. */

import { byId, element } from "../page/dom.js";
import { openPicture } from "../state/reducer.js";
import { uses } from "../state/settings.js";
import { title } from "../state/sentences.js";
import { card } from "./card.js";
import { lookSummary, looks } from "./looks.js";
import { sections, summaryOf, tabbed } from "./numbers.js";
import { slider } from "./slider.js";

/** @typedef {import("../state/types.js").Edit} Edit */
/** @typedef {import("../state/types.js").Tool} Tool */
/** @typedef {import("../state/types.js").Toolset} Toolset */
/** @typedef {import("../state/store.js").Store} Store */
/** @typedef {import("../stage/view.js").View} View */

const PHONE = matchMedia("(max-width: 760px)");

/**
 * @param {Toolset} toolset
 * @param {Store} store
 * @param {View} view
 */
export function cards(toolset, store, view) {
  const intensity = overall(toolset, store);
  const made = toolset.tools.map((tool, index) => ({ tool, ...cardOf(toolset, tool, store, view, index === 0) }));
  byId("cards", HTMLElement).append(...made.map((each) => each.card.section));
  tabs(made.map((each) => each.card));
  store.subscribe((state, before) => {
    const [edit, was] = [openPicture(state)?.present, openPicture(before)?.present];
    if (!edit || edit === was) return;
    intensity.set(edit.intensity);
    for (const each of made) each.set(edit);
  });
}

/** @param {Toolset} toolset @param {Store} store */
function overall(toolset, store) {
  /** @type {import("../state/types.js").NumberParameter} */
  const parameter = { name: "intensity", kind: "number", min: 0, max: toolset.max_intensity, neutral: 100, decimals: 0, meaning: "the whole recipe, in percent" };
  const made = slider(parameter, {
    moved: (value, gesture) => store.dispatch({ type: "intensity", value, gesture }),
  }, { label: "Overall intensity" });
  byId("intensity", HTMLElement).append(made.row);
  return made;
}

/**
 * @param {Toolset} toolset
 * @param {Tool} tool
 * @param {Store} store
 * @param {View} view
 * @param {boolean} open
 */
function cardOf(toolset, tool, store, view, open) {
  const made = card(tool, store, open);
  const hasChoice = tool.parameters.some((parameter) => parameter.kind === "choice");
  const set = hasChoice ? looks(toolset, tool, store, made, view) : (tool.groups ? tabbed : sections)(toolset, tool, store, made.body);
  const summary = hasChoice ? lookSummary : summaryOf;
  return {
    card: made,
    /** @param {Edit} edit */
    set(edit) {
      set(edit);
      made.set({ off: edit.off.includes(tool.name), used: uses(toolset, edit.settings, tool.name), words: summary(toolset, tool, edit) });
    },
  };
}

/** On phones one card is shown at a time, chosen by a tab. @param {import("./card.js").Card[]} all */
function tabs(all) {
  const bar = byId("tabs", HTMLElement);
  const buttons = all.map(({ section, reveal }) => element("button", { type: "button", class: "sheet-tab", text: title(String(section.dataset.tool)), onclick: () => tapped(section, reveal) }));
  bar.append(...buttons);
  /** @type {HTMLElement | undefined} */
  let chosen = all[0]?.section;
  const choose = (/** @type {HTMLElement | undefined} */ section) => {
    chosen = section;
    all.forEach(({ section: each, setOpen }, index) => {
      each.toggleAttribute("data-chosen", each === chosen);
      buttons[index]?.setAttribute("aria-pressed", String(each === chosen));
      if (PHONE.matches) setOpen(each === chosen);
    });
  };
  const tapped = (/** @type {HTMLElement} */ section, /** @type {() => void} */ reveal) => {
    choose(section);
    reveal();
  };
  PHONE.addEventListener("change", () => choose(chosen));
  choose(chosen);
}
