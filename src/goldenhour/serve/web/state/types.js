// @ts-check
/**
 * The words of the editor's state, as types; nothing here runs.
 *
 * @typedef {{name: string, kind: "number", min: number, max: number, neutral: number, decimals: number, meaning: string, noun?: string}} NumberParameter
 * @typedef {{name: string, kind: "choice", packs: Record<string, Record<string, string>>}} ChoiceParameter
 * @typedef {NumberParameter | ChoiceParameter} Parameter
 * @typedef {{name: string, summary: string, groups: string[] | null, parameters: Parameter[]}} Tool
 *
 * @typedef {object} Toolset GET /v1/toolset
 * @property {string} hash
 * @property {{pointwise: string[], spatial: string[]}} apply
 * @property {Tool[]} tools
 * @property {string[]} user_looks
 * @property {number} max_intensity
 * @property {Largest} largest files that the server takes
 *
 * @typedef {{photo: {megapixels: number, megabytes: number}, clip: {side: number, minutes: number, megabytes: number}}} Largest
 *
 * @typedef {Record<string, any>} Recipe the API's form: for each tool its parameters, or null
 *
 * @typedef {object} Slot one value of a recipe
 * @property {string} path such as "selective_adjust.red.saturation"
 * @property {string} tool
 * @property {string | null} group
 * @property {Parameter} parameter
 *
 * @typedef {Record<string, number | string | null>} Settings the value of every slot, by its path, used or not
 *
 * @typedef {object} Edit everything that undo brings back
 * @property {Settings} settings
 * @property {string[]} off tools that the user has switched off; their settings wait
 * @property {number} intensity 0..150, of the whole recipe
 * @property {string} intent the words that led here, or ""
 * @property {string | null} answerId the logged answer that it began with
 * @property {number} take which reading of the words
 * @property {number} takes how many readings there are
 * @property {Recipe | null} saidTo the recipe that the words were said to, for other takes on them
 * @property {string[]} changes what the last step changed, in words
 * @property {Origin} origin
 *
 * @typedef {"opened" | "words" | "hand" | "pasted" | "restored"} Origin
 *
 * @typedef {{id: string, words: string, edit: Edit}} Tried a look that was tried
 *
 * @typedef {object} Picture one open photo or clip, without its pixels
 * @property {string} id also the id of its project
 * @property {string} name
 * @property {"photo" | "clip"} kind
 * @property {Edit[]} past
 * @property {Edit} present
 * @property {Edit[]} future
 * @property {string | null} gesture what is being dragged; its steps are one
 * @property {Tried[]} tried
 *
 * @typedef {{pictures: Picture[], openId: string | null}} State
 *
 * @typedef {object} Answer POST /v1/recipes
 * @property {string} answer_id
 * @property {string} project_id
 * @property {string} intent
 * @property {Recipe} recipe
 * @property {string} source
 * @property {number} confidence
 * @property {number} take
 * @property {number} takes
 * @property {"new" | "relative" | "mixed" | "undone"} change
 * @property {string | null} message
 * @property {number} latency_ms
 * @property {string} [table] of its recipe, where one was asked for: what `/v1/tables` sends, as base64
 */
export {};
