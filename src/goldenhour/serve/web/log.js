// @ts-check
/** What the person did, for the event store: kept and sent again until the server has it; each event has an id. */

import { ApiError, post } from "./api.js";

const KEY = "goldenhour-user";
const WAITS = [1, 4, 15, 60, 240]; // seconds

/** A UUIDv7 of RFC 9562: 48 bits of time in milliseconds, then random ones. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let time = Date.now();
  for (let place = 5; place >= 0; place--) {
    bytes[place] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = 0x70 | (bytes[6] ?? 0) & 0x0f;
  bytes[8] = 0x80 | (bytes[8] ?? 0) & 0x3f;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A random name for this browser, so that an experiment shows the same arm again; the server keeps a hash of it. */
export function user() {
  try {
    const known = localStorage.getItem(KEY);
    if (known) return known;
    const made = newId();
    localStorage.setItem(KEY, made);
    return made;
  } catch {
    return undefined; // storage can be forbidden
  }
}

/** @param {string} path @param {Record<string, unknown>} event @param {number} [attempt] */
async function log(path, event, attempt = 0) {
  try {
    await post(path, event, { keepalive: true });
  } catch (error) {
    // what the server understands and refuses, it refuses again
    if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) return;
    const wait = WAITS[attempt];
    if (wait !== undefined) setTimeout(() => log(path, event, attempt + 1), wait * 1000);
  }
}

/** @param {string} id @param {"photo" | "clip"} kind */
export function logProject(id, kind) {
  return log("/v1/projects", { project_id: id, media_kind: kind, user: user() });
}

/** @param {string} projectId @param {string} answerId @param {unknown} recipe */
export function logEdit(projectId, answerId, recipe) {
  const edited_at = new Date().toISOString();
  return log("/v1/edits", { edit_id: newId(), project_id: projectId, answer_id: answerId, recipe, edited_at });
}

/** @param {string} projectId @param {string} answerId @param {unknown} recipe */
export function logExport(projectId, answerId, recipe) {
  const exported_at = new Date().toISOString();
  return log("/v1/exports", { export_id: newId(), project_id: projectId, answer_id: answerId, recipe, exported_at });
}
