// @ts-check
/** What happens to the open pictures, as pure functions from state and action to state. */

import { changesBetween, title } from "./sentences.js";
import { effectiveRecipe, isNeutral, neutralOf, neutralSettings, scaled, settingsOf, slotsOf } from "./settings.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./types.js").Edit} Edit */
/** @typedef {import("./types.js").Toolset} Toolset */
/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Recipe} Recipe */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Origin} Origin */

/**
 * @typedef {{type: "opened", id: string, name: string, kind: "photo" | "clip"}
 *   | {type: "selected", id: string} | {type: "closed", id: string}
 *   | {type: "answered", id: string, intent: string, current: Recipe | null, answer: Answer}
 *   | {type: "moved", values: Settings, gesture: string | null}
 *   | {type: "intensity", value: number, gesture: string | null}
 *   | {type: "switched", tool: string} | {type: "reset", tool: string | null}
 *   | {type: "pasted", recipe: Recipe, intent: string, intensity: number}
 *   | {type: "restored", edit: Edit} | {type: "applied to all"} | {type: "taken back", edits: Edit[]} | {type: "undone"} | {type: "redone"}} Action
 */

const MAX_STEPS = 200;

/** what an edit has that no answer led to */
const UNSAID = { answerId: null, take: 0, takes: 1, saidTo: null };

/** @type {State} */
export const NOTHING_OPEN = { pictures: [], openId: null };

/** @param {State} state @returns {Picture | null} */
export function openPicture(state) {
  return state.pictures.find((picture) => picture.id === state.openId) ?? null;
}

/** @param {Toolset} toolset @returns {Edit} */
export function untouched(toolset) {
  const settings = neutralSettings(toolset);
  return { ...UNSAID, settings, off: [], intensity: 100, intent: "", changes: [], origin: "opened" };
}

/**
 * @param {Toolset} toolset
 * @returns {(state: State, action: Action) => State}
 */
export function reducerOf(toolset) {
  return (state, action) => {
    switch (action.type) {
      case "opened":
        return opened(toolset, state, action);
      case "selected":
        return { ...state, openId: action.id };
      case "closed":
        return closed(state, action.id);
      case "answered":
        return withPicture(state, action.id, (picture) => answered(toolset, picture, action));
      case "applied to all":
        return appliedToAll(toolset, state);
      case "taken back":
        return { ...state, pictures: state.pictures.map((picture) => (action.edits.includes(picture.present) ? undone(picture) : picture)) };
      default:
        return withPicture(state, state.openId, (picture) => changed(toolset, picture, action));
    }
  };
}

/**
 * @param {Toolset} toolset
 * @param {Picture} picture
 * @param {Action} action
 * @returns {Picture}
 */
function changed(toolset, picture, action) {
  const { present } = picture;
  switch (action.type) {
    case "moved":
      return stepped(toolset, picture, { settings: { ...present.settings, ...action.values } }, "hand", action.gesture);
    case "intensity":
      return stepped(toolset, picture, { intensity: action.value }, "hand", action.gesture);
    case "switched":
      return stepped(toolset, picture, { off: toggled(present.off, action.tool) }, "hand");
    case "reset":
      return stepped(toolset, picture, resetting(toolset, present, action.tool), "hand");
    case "pasted":
      return pasted(toolset, picture, { settings: settingsOf(toolset, action.recipe), off: [], intensity: action.intensity, intent: action.intent });
    case "restored":
      return restored(toolset, picture, action.edit);
    case "undone":
      return undone(picture);
    case "redone":
      return redone(picture);
    default:
      return picture;
  }
}

/**
 * The picture a step on. Steps of one gesture are one step back; a step that changes nothing is none.
 * @param {Toolset} toolset
 * @param {Picture} picture
 * @param {Partial<Edit>} change
 * @param {Origin} origin
 * @param {string | null} [gesture]
 * @returns {Picture}
 */
function stepped(toolset, picture, change, origin, gesture = null) {
  const going = gesture !== null && gesture === picture.gesture;
  const before = going ? /** @type {Edit} */ (picture.past.at(-1)) : picture.present;
  const next = { ...picture.present, ...change, origin };
  if (origin === "hand" && same(before, next)) return going ? { ...picture, past: picture.past.slice(0, -1), present: before, future: [], gesture: null } : picture;
  next.changes = changesBetween(toolset, before, next);
  const past = going ? picture.past : [...picture.past, before].slice(-MAX_STEPS);
  return { ...picture, past, present: next, future: [], gesture };
}

/** @param {Edit} one @param {Edit} other */
export function same(one, other) {
  const flat = (/** @type {Edit} */ edit) => JSON.stringify([edit.settings, edit.off, edit.intensity]);
  return flat(one) === flat(other);
}

/**
 * An answer by words: one step, also over what was changed by hand while it was on its way, which undo brings back.
 * What is switched off stays off, and what waits there is kept unless the answer has its own. Words are said to what is
 * seen: the overall intensity is in the answer, and begins again at 100 %.
 * @param {Toolset} toolset
 * @param {Picture} picture
 * @param {{intent: string, current: Recipe | null, answer: Answer}} action
 * @returns {Picture}
 */
function answered(toolset, picture, { intent, current, answer }) {
  const { present } = picture;
  const seen = { ...present, settings: scaled(toolset, present.settings, present.intensity), intensity: 100 };
  const settings = settingsOf(toolset, answer.recipe);
  const before = current ? settingsOf(toolset, current) : neutralSettings(toolset);
  const idle = JSON.stringify(settings) === JSON.stringify(before);
  if (answer.message !== null && idle) return picture; // it is told why: no look, and no step
  for (const slot of slotsOf(toolset)) {
    const waits = present.off.includes(slot.tool) && answer.recipe[slot.tool] === null;
    if (waits) settings[slot.path] = seen.settings[slot.path] ?? null;
  }
  const { answer_id: answerId, take, takes } = answer;
  const said = { settings, intensity: 100, intent, answerId, take, takes, saidTo: current };
  const next = stepped(toolset, picture, said, "words");
  // a new look is told whole, a change as what it changed
  const compared = answer.change === "new" ? { ...untouched(toolset), off: present.off } : seen;
  next.present.changes = changesBetween(toolset, compared, next.present);
  const still = present.off.filter((tool) => answer.recipe[tool] !== null);
  next.present.changes.unshift(...still.map((tool) => `${title(tool).toLowerCase()} stays off`));
  return { ...next, tried: [...keptByHand(picture), { id: answerId, words: intent, edit: next.present }] };
}

/**
 * Looks tried so far, with what was changed by hand since the last one, so that it can be restored as well.
 * @param {Picture} picture
 */
function keptByHand({ tried, present }) {
  const byHand = present.origin === "hand" && !tried.some(({ edit }) => same(edit, present));
  if (!byHand) return tried;
  const words = present.intent ? `${present.intent}, edited` : "By hand";
  return [...tried, { id: `hand-${tried.length}`, words, edit: present }];
}

/**
 * A recipe that came from elsewhere: one step, and a look tried. Its answer, if any, belongs to another project.
 * @param {Toolset} toolset
 * @param {Picture} picture
 * @param {Pick<Edit, "settings" | "off" | "intensity" | "intent">} edit
 * @returns {Picture}
 */
function pasted(toolset, picture, edit) {
  const next = stepped(toolset, picture, { ...UNSAID, ...edit }, "pasted");
  const tried = keptByHand(picture);
  const id = `pasted-${tried.length}`;
  return { ...next, tried: [...tried, { id, words: edit.intent || "Pasted recipe", edit: next.present }] };
}

/**
 * @param {Toolset} toolset
 * @param {Picture} picture
 * @param {Edit} edit
 * @returns {Picture}
 */
function restored(toolset, picture, edit) {
  if (same(edit, picture.present) && edit.answerId === picture.present.answerId) return picture;
  const next = stepped(toolset, picture, edit, "restored");
  next.present.changes = edit.changes;
  return { ...next, tried: keptByHand(picture) };
}

/** @param {Picture} picture @returns {Picture} */
function undone(picture) {
  const before = picture.past.at(-1);
  if (!before) return picture;
  return { ...picture, past: picture.past.slice(0, -1), present: before, future: [picture.present, ...picture.future], gesture: null };
}

/** @param {Picture} picture @returns {Picture} */
function redone(picture) {
  const [next, ...future] = picture.future;
  if (!next) return picture;
  return { ...picture, past: [...picture.past, picture.present], present: next, future, gesture: null };
}

/**
 * One tool back to neutral, or everything.
 * @param {Toolset} toolset
 * @param {Edit} edit
 * @param {string | null} tool
 * @returns {Partial<Edit>}
 */
function resetting(toolset, edit, tool) {
  const settings = { ...edit.settings };
  for (const slot of slotsOf(toolset)) if (tool === null || slot.tool === tool) settings[slot.path] = neutralOf(slot);
  return tool === null ? { settings, off: [], intensity: 100 } : { settings };
}

/** @param {string[]} names @param {string} name */
function toggled(names, name) {
  return names.includes(name) ? names.filter((other) => other !== name) : [...names, name];
}

/**
 * @param {Toolset} toolset
 * @param {State} state
 * @param {{id: string, name: string, kind: "photo" | "clip"}} action
 * @returns {State}
 */
function opened(toolset, state, { id, name, kind }) {
  const edit = untouched(toolset);
  /** @type {Picture} */
  const picture = { id, name, kind, past: [], present: edit, future: [], gesture: null, tried: [] };
  return { pictures: [...state.pictures, picture], openId: state.openId ?? id };
}

/** @param {State} state @param {string} id @returns {State} */
function closed(state, id) {
  const index = state.pictures.findIndex((picture) => picture.id === id);
  const pictures = state.pictures.filter((picture) => picture.id !== id);
  const beside = pictures[Math.min(index, pictures.length - 1)]?.id ?? null;
  return { pictures, openId: state.openId === id ? beside : state.openId };
}

/**
 * The open picture's edit for every other picture, one step in each.
 * @param {Toolset} toolset
 * @param {State} state
 * @returns {State}
 */
function appliedToAll(toolset, state) {
  const source = openPicture(state);
  if (!source) return state;
  const { settings, off, intensity, intent } = source.present;
  const pictures = state.pictures.map((picture) => {
    if (picture === source || same(picture.present, source.present)) return picture;
    return pasted(toolset, picture, { settings, off, intensity, intent });
  });
  return { ...state, pictures };
}

/**
 * @param {State} state
 * @param {string | null} id
 * @param {(picture: Picture) => Picture} change
 * @returns {State}
 */
function withPicture(state, id, change) {
  return { ...state, pictures: state.pictures.map((picture) => (picture.id === id ? change(picture) : picture)) };
}

/**
 * What "current" tells the server: the recipe before words change it, or null where there is none.
 * @param {Toolset} toolset
 * @param {Edit} edit
 * @returns {Recipe | null}
 */
export function currentRecipe(toolset, edit) {
  const recipe = effectiveRecipe(toolset, edit);
  return isNeutral(recipe) ? null : recipe;
}
