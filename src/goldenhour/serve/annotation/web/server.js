// @ts-check
// What the page asks the server. Which answer is whose, the server keeps to itself.

/**
 * @typedef {{id: string, intent: string, original: string, pictures: [string, string]}} Item
 * @typedef {{intent: string, original: string, pictures: [string, string], relevant: [boolean, boolean], same: boolean}} Solved
 * @typedef {{right: number, of: number, passed: boolean}} Round
 * @typedef {{annotator: string, phase: "calibration" | "items" | "done", done: number, of: number, can_undo: boolean,
 *   rounds: Round[], missed: Solved[], item: Item | null, ahead: string[]}} State
 */

/** What the server refused, in one sentence. */
export class Refused extends Error {
  /** @param {string} sentence @param {number} status */
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

/** @param {string} name @returns {Promise<State>} */
export const stateOf = (name) => ask(`/v1/annotation?annotator=${encodeURIComponent(name)}`);

/** @param {string} name @param {string} item @param {[boolean, boolean]} relevant @param {boolean} same @returns {Promise<State>} */
export const judge = (name, item, relevant, same) =>
  ask("/v1/annotation/judgements", { annotator: name, item, relevant, same });

/** @param {string} name @returns {Promise<State>} */
export const undo = (name) => ask("/v1/annotation/undo", { annotator: name });

/** @param {string} path @param {object} [body] @returns {Promise<any>} */
async function ask(path, body) {
  const request = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new Refused("The server does not answer. Nothing is lost: start it again, and go on.", 0);
  }
  const data = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(sentence(data.detail ?? "the server failed"), response.status);
  return data;
}

/** @param {string} detail */
const sentence = (detail) => detail[0].toUpperCase() + detail.slice(1) + (/[.!?]$/.test(detail) ? "" : ".");
