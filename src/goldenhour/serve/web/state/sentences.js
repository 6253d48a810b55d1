// @ts-check
/** What a step changed, in words, from the meanings that the toolset gives. Pure. */

import { slotsOfTool } from "./settings.js";

/** @typedef {import("./types.js").Toolset} Toolset */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Slot} Slot */
/** @typedef {import("./types.js").Edit} Edit */
/** @typedef {import("./types.js").NumberParameter} NumberParameter */

/** up to this share of the range @type {[number, string][]} */
const STRENGTHS = [[0.12, "slightly "], [0.35, ""], [0.7, "clearly "], [Infinity, "strongly "]];

/**
 * "linearOffset" → "Linear offset"
 * @param {string} name
 */
export function title(name) {
  const words = name.replaceAll("_", " ").replace(/([a-z])([A-Z])/g, (_, end, start) => `${end} ${start.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * The name of a look for people: "warm_GoldenHour" → "Golden Hour", "user:teal" → "teal".
 * @param {string} look
 */
export function lookName(look) {
  return look.replace(/^user:/, "").replace(/^[a-z]+_/, "").replace(/([a-z])([A-Z])/g, "$1 $2");
}

/** @param {NumberParameter} parameter @param {number} value */
function signed(parameter, value) {
  const text = String(value).replace("-", "−");
  return value > 0 && parameter.min < 0 ? `+${text}` : text;
}

/**
 * What a value means, as a screen reader says it: "warmer, plus 20".
 * @param {NumberParameter} parameter
 * @param {number} value
 */
export function spoken(parameter, value) {
  if (value === parameter.neutral) return "neutral";
  const number = `${value < 0 ? "minus" : parameter.min < 0 ? "plus" : ""} ${Math.abs(value)}`.trim();
  const meant = side(parameter.meaning, value > parameter.neutral);
  return meant ? `${number}, ${meant}` : number;
}

/**
 * One phrase for each change, the largest first; an empty list where nothing changed.
 * @param {Toolset} toolset
 * @param {Edit} before
 * @param {Edit} after
 * @returns {string[]}
 */
export function changesBetween(toolset, before, after) {
  /** @type {{weight: number, words: string}[]} */
  const changes = [];
  for (const tool of toolset.tools) {
    const [was, is] = [before.off.includes(tool.name), after.off.includes(tool.name)];
    if (was !== is) changes.push({ weight: 2, words: `${title(tool.name)} switched ${is ? "off" : "on"}` });
    if (!is) changes.push(...toolChanges(toolset, tool.name, before.settings, after.settings));
  }
  if (before.intensity !== after.intensity) changes.push({ weight: 1.5, words: `intensity ${after.intensity} %` });
  return changes.sort((one, other) => other.weight - one.weight).map(({ words }) => words);
}

/**
 * @param {Toolset} toolset
 * @param {string} tool
 * @param {Settings} before
 * @param {Settings} after
 */
function toolChanges(toolset, tool, before, after) {
  const slots = slotsOfTool(toolset, tool);
  const choice = slots.find((slot) => slot.parameter.kind === "choice");
  const changed = slots.filter((slot) => before[slot.path] !== after[slot.path]);
  if (!changed.length) return [];
  if (choice) {
    const [was, is] = [before[choice.path], after[choice.path]];
    const strength = slots.filter((slot) => slot !== choice).map((slot) => after[slot.path]).join(", ");
    if (typeof is === "string") return [{ weight: 3, words: `${lookName(is)} look at ${strength}` }];
    return typeof was === "string" ? [{ weight: 3, words: `no ${lookName(was)} look` }] : [];
  }
  return changed.map((slot) => numberChange(slot, Number(before[slot.path]), Number(after[slot.path])));
}

/**
 * @param {Slot} slot
 * @param {number} before
 * @param {number} after
 */
function numberChange(slot, before, after) {
  const parameter = /** @type {NumberParameter} */ (slot.parameter);
  const share = Math.abs(after - before) / (Math.max(parameter.max - parameter.neutral, parameter.neutral - parameter.min) || 1);
  const strength = (STRENGTHS.find(([limit]) => share <= limit + 1e-9) ?? ["", ""])[1];
  const value = [before, after].filter((each) => each !== parameter.neutral || each === after).map((each) => signed(parameter, each)).join(" → ");
  const meant = after === parameter.neutral ? "" : side(parameter.meaning, after > before);
  const name = [parameter.noun ?? parameter.name, slot.group].filter(Boolean).map((part) => title(String(part)).toLowerCase()).join(" in ");
  if (meant && (after - parameter.neutral) * (after - before) > 0) return { weight: share, words: `${strength}${meant} (${value})` };
  return { weight: share, words: `${strength}${after > before ? "more" : "less"} ${name} (${value})` };
}

/**
 * What the toolset says of a direction: the clause "positive = warmer" of a meaning.
 * @param {string} meaning
 * @param {boolean} positive
 */
function side(meaning, positive) {
  const start = positive ? "positive = " : "negative = ";
  const clause = meaning.split(/[,;]/).map((part) => part.trim()).find((part) => part.startsWith(start));
  return clause ? clause.slice(start.length) : "";
}
