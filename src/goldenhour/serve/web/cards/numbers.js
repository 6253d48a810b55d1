// @ts-check
/** The cards made of sliders alone: all at once (adjust), or those of one group at a time (selective adjust). */

import { element } from "../page/dom.js";
import { slotsOfTool } from "../state/settings.js";
import { title } from "../state/sentences.js";
import { slider } from "./slider.js";

/** @typedef {import("../state/types.js").Tool} Tool */
/** @typedef {import("../state/types.js").Edit} Edit */
/** @typedef {import("../state/types.js").Slot} Slot */
/** @typedef {import("../state/types.js").Toolset} Toolset */
/** @typedef {import("../state/types.js").NumberParameter} NumberParameter */
/** @typedef {import("../state/store.js").Store} Store */
/** @typedef {import("./slider.js").Slider} Slider */

/** Where parameters stand beside each other in photo editors; what a toolset has beyond them comes last. */
const SECTIONS = {
  Light: ["exposure", "contrast", "brightness", "highlights", "shadows", "linearOffset"],
  Colour: ["temperature", "tint", "saturation", "vibrance", "hue"],
  Detail: ["structure", "sharpen", "bloom"],
};

/** @param {Slot} slot @param {Store} store */
function sliderOf(slot, store) {
  const parameter = /** @type {NumberParameter} */ (slot.parameter);
  const label = slot.group ? `${title(slot.group)} ${parameter.name}` : title(parameter.name);
  return slider(
    parameter,
    {
      moved: (value, gesture) => store.dispatch({ type: "moved", values: { [slot.path]: value }, gesture }),
    },
    { label, shown: title(parameter.name), track: slot.group ? undefined : parameter.name },
  );
}

/**
 * Sliders under headings.
 * @param {Toolset} toolset
 * @param {Tool} tool
 * @param {Store} store
 * @param {HTMLElement} body
 */
export function sections(toolset, tool, store, body) {
  const slots = slotsOfTool(toolset, tool.name);
  const sliders = new Map(slots.map((slot) => [slot, sliderOf(slot, store)]));
  const known = Object.values(SECTIONS).flat();
  const more = slots.map((slot) => slot.parameter.name).filter((name) => !known.includes(name));
  for (const [heading, names] of Object.entries({ ...SECTIONS, More: more })) {
    const rows = names.flatMap((name) => slots.filter((slot) => slot.parameter.name === name).map((slot) => /** @type {Slider} */ (sliders.get(slot)).row));
    if (rows.length) body.append(element("div", { role: "group", "aria-label": heading, class: "sliders" }, element("h3", { text: heading }), ...rows));
  }
  return (/** @type {Edit} */ edit) => setAll(sliders, edit);
}

/**
 * Sliders behind tabs, one a group.
 * @param {Toolset} toolset
 * @param {Tool} tool
 * @param {Store} store
 * @param {HTMLElement} body
 */
export function tabbed(toolset, tool, store, body) {
  const slots = slotsOfTool(toolset, tool.name);
  const sliders = new Map(slots.map((slot) => [slot, sliderOf(slot, store)]));
  const list = element("div", { role: "tablist", class: "swatches", "aria-label": title(tool.name) });
  const groups = tool.groups ?? [];
  const tabs = groups.map((group) => {
    const panelId = `group-${tool.name}-${group}`;
    const tab = element("button", { type: "button", role: "tab", id: `${panelId}-tab`, class: "swatch", "data-colour": group, "aria-controls": panelId, "aria-label": title(group), title: title(group) }, element("i", {}));
    const rows = slots.filter((slot) => slot.group === group).map((slot) => /** @type {Slider} */ (sliders.get(slot)).row);
    const panel = element("div", { role: "tabpanel", id: panelId, class: "sliders", "aria-labelledby": tab.id, "data-colour": group }, ...rows);
    tab.addEventListener("click", () => choose(group));
    list.append(tab);
    return { group, tab, panel };
  });
  const choose = (/** @type {string} */ chosen) => {
    for (const { group, tab, panel } of tabs) {
      tab.setAttribute("aria-selected", String(group === chosen));
      tab.tabIndex = group === chosen ? 0 : -1;
      panel.hidden = group !== chosen;
    }
  };
  list.addEventListener("keydown", (event) => {
    const at = tabs.findIndex(({ tab }) => tab === event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    const next = to === undefined ? undefined : tabs.at(to % tabs.length);
    if (!next) return;
    event.preventDefault();
    choose(next.group);
    next.tab.focus();
  });
  choose(groups[0] ?? "");
  body.append(list, ...tabs.map(({ panel }) => panel));
  return (/** @type {Edit} */ edit) => {
    setAll(sliders, edit);
    for (const { group, tab } of tabs) {
      const changed = slots.some((slot) => slot.group === group && edit.settings[slot.path] !== /** @type {NumberParameter} */ (slot.parameter).neutral);
      tab.toggleAttribute("data-changed", changed);
      tab.setAttribute("aria-label", changed ? `${title(group)}, changed` : title(group));
    }
  };
}

/** @param {Map<Slot, Slider>} sliders @param {Edit} edit */
function setAll(sliders, edit) {
  for (const [slot, each] of sliders) each.set(Number(edit.settings[slot.path]), edit.off.includes(slot.tool));
}

/**
 * What a card of sliders does, in a few words.
 * @param {Toolset} toolset
 * @param {Tool} tool
 * @param {Edit} edit
 */
export function summaryOf(toolset, tool, edit) {
  const changed = slotsOfTool(toolset, tool.name).filter((slot) => slot.parameter.kind === "number" && edit.settings[slot.path] !== slot.parameter.neutral);
  if (!tool.groups) return changed.length ? `${changed.length} ${changed.length === 1 ? "change" : "changes"}` : "";
  return [...new Set(changed.map((slot) => slot.group))].join(", ");
}
