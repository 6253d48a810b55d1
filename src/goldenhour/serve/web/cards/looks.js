// @ts-check
/** The filter card: every look on the person's own picture, by pack, and how strong it is. */

import { getLooks } from "../api.js";
import { parseTables } from "../engine/index.js";
import { element, whenIdle } from "../page/dom.js";
import { tellError } from "../page/toast.js";
import { QUICK, tableOf } from "../stage/tables.js";
import { neutralSettings, recipeOf, slotsOfTool } from "../state/settings.js";
import { lookName, title } from "../state/sentences.js";
import { slider } from "./slider.js";

/** @typedef {import("../state/types.js").Tool} Tool */
/** @typedef {import("../state/types.js").Edit} Edit */
/** @typedef {import("../state/types.js").Slot} Slot */
/** @typedef {import("../state/types.js").Toolset} Toolset */
/** @typedef {import("../state/types.js").ChoiceParameter} ChoiceParameter */
/** @typedef {import("../state/types.js").NumberParameter} NumberParameter */
/** @typedef {import("../state/store.js").Store} Store */
/** @typedef {import("../stage/tables.js").Table} Table */

const SMALL = { width: 132, height: 88 };
const NONE = "";

/**
 * @param {Toolset} toolset
 * @param {Tool} tool
 * @param {Store} store
 * @param {import("./card.js").Card} card
 * @param {import("../stage/view.js").View} view
 */
export function looks(toolset, tool, store, card, view) {
  const slots = slotsOfTool(toolset, tool.name);
  const choice = /** @type {Slot} */ (slots.find((slot) => slot.parameter.kind === "choice"));
  const strength = /** @type {Slot} */ (slots.find((slot) => slot.parameter.kind === "number"));
  const parameter = /** @type {NumberParameter} */ (strength.parameter);
  const { packs } = /** @type {ChoiceParameter} */ (choice.parameter);

  const strong = slider(parameter, {
    moved: (value, gesture) => store.dispatch({ type: "moved", values: { [strength.path]: value }, gesture }),
  }, { label: `${title(tool.name)} ${parameter.name}` });
  let now = 0; // the strength there is
  const pick = (/** @type {string} */ look) => {
    const values = look === NONE ? { [choice.path]: null, [strength.path]: parameter.neutral } : { [choice.path]: look, [strength.path]: now || parameter.max };
    store.dispatch({ type: "moved", values, gesture: null });
  };

  /** @type {Map<string, {radio: HTMLInputElement, canvas: HTMLCanvasElement}>} */
  const cells = new Map();
  const cell = (/** @type {string} */ look, /** @type {string} */ meaning) => {
    const radio = element("input", { type: "radio", name: `look-${tool.name}`, value: look, onchange: () => pick(look) });
    const canvas = element("canvas", { ...SMALL, "aria-hidden": "true", hidden: look === NONE });
    cells.set(look, { radio, canvas });
    return element("label", { class: look === NONE ? "look none" : "look", title: meaning }, radio, canvas, element("span", { text: look === NONE ? "None" : lookName(look) }));
  };

  const jump = element("div", { class: "packs", role: "group", "aria-label": "Packs" }, cell(NONE, "No look"));
  const list = element("div", { class: "looks", role: "radiogroup", "aria-label": "Looks" });
  const all = toolset.user_looks.length ? { ...packs, yours: Object.fromEntries(toolset.user_looks.map((look) => [look, "a look of your own"])) } : packs;
  for (const [pack, options] of Object.entries(all)) {
    const heading = element("h3", { text: title(pack) });
    const block = element("div", { class: "pack", role: "group", "aria-label": title(pack) }, heading, ...Object.entries(options).map(([look, meaning]) => cell(look, meaning)));
    list.append(block);
    const smooth = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");
    jump.append(element("button", { type: "button", class: "chip small", text: title(pack), onclick: () => list.scrollTo({ top: block.offsetTop - list.offsetTop, behavior: smooth() }) }));
  }
  card.body.append(element("div", { class: "sliders" }, strong.row), jump, list);
  const names = Object.values(packs).flatMap((options) => Object.keys(options));
  /** the tables of one's own looks are as fine as their recipe's */
  const own = (/** @type {string} */ look) => tableOf(recipeOf(toolset, { ...neutralSettings(toolset), [choice.path]: look, [strength.path]: parameter.max }), QUICK);
  thumbnails(view, card, cells, [
    { names, tables: () => getLooks().then(parseTables) },
    { names: toolset.user_looks, tables: () => Promise.all(toolset.user_looks.map(own)) },
  ]);

  return (/** @type {Edit} */ edit) => {
    const look = edit.settings[choice.path] ?? null;
    now = Number(edit.settings[strength.path]);
    const off = edit.off.includes(tool.name);
    strong.set(now, off || look === null);
    for (const [name, { radio }] of cells) {
      radio.checked = name === (look ?? NONE);
      radio.disabled = off;
    }
  };
}

/**
 * Fill the cells with the picture on the stage through each look; when the card is first seen, and for each picture.
 * @param {import("../stage/view.js").View} view
 * @param {import("./card.js").Card} card
 * @param {Map<string, {canvas: HTMLCanvasElement}>} cells
 * @param {{names: string[], tables: () => Promise<Table[]>}[]} sets tables of one size in the order of their names
 */
function thumbnails(view, card, cells, sets) {
  /** @type {Map<unknown, Promise<Table[]>>} once they are there they stay */
  const fetched = new Map();
  let stale = true;
  const fill = async () => {
    if (!stale || card.body.hidden || !card.section.checkVisibility() || !view.hasSource) return;
    stale = false;
    try {
      await view.quiet();
      for (const set of sets) {
        if (!fetched.has(set)) fetched.set(set, set.tables());
        const tables = (await fetched.get(set)) ?? [];
        const pictures = view.engine.thumbnails(tables, SMALL.width, SMALL.height);
        set.names.forEach((name, index) => {
          const picture = pictures[index];
          if (picture) cells.get(name)?.canvas.getContext("2d")?.putImageData(picture, 0, 0);
        });
      }
    } catch (error) {
      fetched.clear();
      stale = true;
      tellError(error);
    }
  };
  const soon = () => whenIdle(fill);
  card.section.addEventListener("unfold", () => {
    soon();
    const list = card.body.querySelector(".looks");
    const chosen = list?.querySelector(":checked")?.closest("label");
    if (list && chosen) list.scrollTop = chosen.offsetTop - list.clientHeight / 2;
  });
  new IntersectionObserver(soon).observe(card.body);
  view.onSource(() => {
    stale = true;
    soon();
  });
}

/**
 * What the card does, in a few words.
 * @param {Toolset} toolset
 * @param {Tool} tool
 * @param {Edit} edit
 */
export function lookSummary(toolset, tool, edit) {
  const values = slotsOfTool(toolset, tool.name).map((slot) => edit.settings[slot.path] ?? null);
  const [look, strength] = [values.find((value) => typeof value === "string"), values.find((value) => typeof value === "number")];
  return typeof look === "string" ? `${lookName(look)} ${strength}` : "";
}
