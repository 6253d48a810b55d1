// @ts-check
/** Settings and recipes: the values of all slots as the editor keeps them, and the form that the API takes. Pure. */

/** @typedef {import("./types.js").Toolset} Toolset */
/** @typedef {import("./types.js").Slot} Slot */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Recipe} Recipe */
/** @typedef {import("./types.js").Edit} Edit */
/** @typedef {import("./types.js").Parameter} Parameter */
/** @typedef {import("./types.js").NumberParameter} NumberParameter */

const USER_LOOK = /^user:[a-z0-9][a-z0-9_-]{0,63}$/;

/** @type {WeakMap<Toolset, Slot[]>} */
const slotsByToolset = new WeakMap();

/**
 * Every value of a recipe, in the toolset's order.
 * @param {Toolset} toolset
 * @returns {Slot[]}
 */
export function slotsOf(toolset) {
  let slots = slotsByToolset.get(toolset);
  if (!slots) {
    slots = toolset.tools.flatMap((tool) =>
      (tool.groups ?? [null]).flatMap((group) =>
        tool.parameters.map((parameter) => ({
          path: [tool.name, group, parameter.name].filter(Boolean).join("."),
          tool: tool.name,
          group,
          parameter,
        })),
      ),
    );
    slotsByToolset.set(toolset, slots);
  }
  return slots;
}

/** Those of one tool. @param {Toolset} toolset @param {string} tool */
export function slotsOfTool(toolset, tool) {
  return slotsOf(toolset).filter((slot) => slot.tool === tool);
}

/** @param {Slot} slot @returns {number | null} */
export function neutralOf(slot) {
  return slot.parameter.kind === "number" ? slot.parameter.neutral : null;
}

/** @param {Toolset} toolset @returns {Settings} */
export function neutralSettings(toolset) {
  return Object.fromEntries(slotsOf(toolset).map((slot) => [slot.path, neutralOf(slot)]));
}

/**
 * The nearest value in range with the decimals that a recipe keeps; rounded as the server does, halves to even.
 * @param {NumberParameter} parameter
 * @param {number} value
 */
export function clamped({ min, max, decimals }, value) {
  const within = Math.min(Math.max(value, min), max);
  const isHalf = Math.abs((within * 2 ** (decimals + 1)) % 2) === 1; // exactly: toFixed rounds by the exact value, too
  if (!isHalf) return Number(within.toFixed(decimals)) + 0; // no negative zero
  const low = Math.floor(within * 10 ** decimals);
  return (low % 2 === 0 ? low : low + 1) / 10 ** decimals + 0;
}

/**
 * The settings of a recipe as the API gives it.
 * @param {Toolset} toolset
 * @param {Recipe} recipe
 * @returns {Settings}
 */
export function settingsOf(toolset, recipe) {
  return Object.fromEntries(slotsOf(toolset).map((slot) => {
    const tool = recipe[slot.tool];
    const place = slot.group && tool ? tool[slot.group] : tool;
    return [slot.path, place?.[slot.parameter.name] ?? neutralOf(slot)];
  }));
}

/**
 * Whether a tool changes anything: a number that is not neutral, and no choice left open.
 * @param {Toolset} toolset
 * @param {Settings} settings
 * @param {string} tool
 */
export function uses(toolset, settings, tool) {
  const slots = slotsOfTool(toolset, tool);
  const changed = slots.some((slot) => slot.parameter.kind === "number" && settings[slot.path] !== slot.parameter.neutral);
  return changed && slots.every((slot) => settings[slot.path] !== null);
}

/**
 * The recipe of settings, as the API takes it: null for a tool that changes nothing or is switched off.
 * @param {Toolset} toolset
 * @param {Settings} settings
 * @param {readonly string[]} [off]
 * @returns {Recipe}
 */
export function recipeOf(toolset, settings, off = []) {
  /** @type {Recipe} */
  const recipe = {};
  for (const tool of toolset.tools) {
    recipe[tool.name] = uses(toolset, settings, tool.name) && !off.includes(tool.name) ? {} : null;
  }
  for (const slot of slotsOf(toolset)) {
    const tool = recipe[slot.tool];
    if (!tool) continue;
    const place = slot.group ? (tool[slot.group] ??= {}) : tool;
    place[slot.parameter.name] = settings[slot.path] ?? null;
  }
  return recipe;
}

/**
 * Settings at an intensity in percent: each number's distance from neutral is scaled, then clamped.
 * @param {Toolset} toolset
 * @param {Settings} settings
 * @param {number} intensity 0..150
 * @returns {Settings}
 */
export function scaled(toolset, settings, intensity) {
  if (intensity === 100) return settings;
  return Object.fromEntries(slotsOf(toolset).map((slot) => {
    const value = settings[slot.path] ?? null;
    if (slot.parameter.kind !== "number" || typeof value !== "number") return [slot.path, value];
    const { neutral } = slot.parameter;
    return [slot.path, clamped(slot.parameter, neutral + ((value - neutral) * intensity) / 100)];
  }));
}

/**
 * What an edit comes to: the recipe that the picture is graded and exported with.
 * @param {Toolset} toolset
 * @param {Edit} edit
 * @returns {Recipe}
 */
export function effectiveRecipe(toolset, edit) {
  return recipeOf(toolset, scaled(toolset, edit.settings, edit.intensity), edit.off);
}

/** @param {Recipe} recipe */
export function isNeutral(recipe) {
  return Object.values(recipe).every((part) => part === null);
}

/**
 * A recipe apart: what one table holds, and the amounts of the spatial steps by their name.
 * @param {Toolset} toolset
 * @param {Recipe} recipe
 * @returns {{pointwise: Recipe, spatial: Record<string, number>}}
 */
export function parted(toolset, recipe) {
  const settings = settingsOf(toolset, recipe);
  /** @type {Record<string, number>} */
  const spatial = {};
  for (const slot of slotsOf(toolset)) {
    if (!toolset.apply.spatial.includes(slot.path)) continue;
    spatial[slot.path] = Number(settings[slot.path]);
    settings[slot.path] = neutralOf(slot);
  }
  return { pointwise: recipeOf(toolset, settings), spatial };
}

/**
 * A recipe out of text that was pasted or dropped; throws an Error of one sentence.
 * @param {Toolset} toolset
 * @param {string} text
 * @returns {Recipe}
 */
export function readRecipe(toolset, text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error("That text is not a recipe: a recipe is JSON, as “Copy” gives it.");
  }
  const recipe = isObject(data) && Object.hasOwn(data, "recipe") ? data.recipe : data;
  const names = toolset.tools.map((tool) => tool.name);
  if (!isObject(recipe) || !names.some((name) => Object.hasOwn(recipe, name))) {
    throw new Error(`That JSON is not a recipe: it has none of ${names.join(", ")}.`);
  }
  for (const fault of faultsOf(toolset, recipe)) throw new Error(`That recipe cannot be used: ${fault}.`);
  return recipeOf(toolset, settingsOf(toolset, recipe));
}

/**
 * What the toolset here does not have, or wants. Numbers that are left out are neutral, but not beside a choice, which
 * that would take back.
 * @param {Toolset} toolset
 * @param {Recipe} recipe
 * @returns {Generator<string>}
 */
function* faultsOf({ tools, user_looks }, recipe) {
  const names = tools.map((tool) => tool.name);
  for (const name of Object.keys(recipe)) {
    if (!names.includes(name)) yield `it has the unknown tool ${JSON.stringify(name)}; the tools are ${names.join(", ")}`;
  }
  for (const tool of tools) {
    const part = recipe[tool.name] ?? null;
    if (part === null) continue;
    if (tool.groups) yield* membersFaults(tool.name, part, tool.groups);
    for (const group of tool.groups ?? [null]) {
      const [path, place] = group ? [`${tool.name}.${group}`, part[group] ?? {}] : [tool.name, part];
      yield* membersFaults(path, place, tool.parameters.map(({ name }) => name));
      const hasChoice = tool.parameters.some(({ kind }) => kind === "choice");
      for (const parameter of tool.parameters) {
        const { name } = parameter;
        const fault = Object.hasOwn(place, name) ? valueFault(parameter, place[name], user_looks) : hasChoice && "is missing";
        if (fault) yield `${path}.${name} ${fault}`;
      }
    }
  }
}

/**
 * @param {string} path
 * @param {unknown} found
 * @param {string[]} expected
 * @returns {Generator<string>}
 */
function* membersFaults(path, found, expected) {
  if (!isObject(found)) yield `${path} must be an object with ${expected.join(", ")}`;
  for (const name of Object.keys(Object(found))) {
    if (!expected.includes(name)) yield `${path} has the unknown member ${JSON.stringify(name)}; it has ${expected.join(", ")}`;
  }
}

/**
 * @param {Parameter} parameter
 * @param {unknown} value
 * @param {string[]} userLooks
 */
function valueFault(parameter, value, userLooks) {
  if (parameter.kind === "choice") {
    if (typeof value === "string" && Object.values(parameter.packs).some((pack) => Object.hasOwn(pack, value))) return null;
    if (typeof value === "string" && USER_LOOK.test(value) && userLooks.includes(value)) return null;
    return `is ${JSON.stringify(value)}, which is not among the looks here`;
  }
  if (typeof value === "number" && value >= parameter.min && value <= parameter.max) return null;
  return `must be a number from ${parameter.min} to ${parameter.max}`;
}

/** @param {unknown} value @returns {value is Record<string, any>} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
