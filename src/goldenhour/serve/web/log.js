// @ts-check
/**
 * What the person did, for the event store: kept by the browser, also over a reload, and sent again until the server
 * has it. Each event has an id, by which it counts once however often it is sent.
 */

import { ApiError, post } from "./api.js";

const KEY = "goldenhour-user";
const UNSENT = "goldenhour-unsent "; // and an event's id: tabs share the storage, but no entry of it
const MOST = 500; // events that are kept; the oldest go first
const WAITS = [1, 4, 15, 60, 240]; // seconds; then always the last

/** @typedef {{path: string, event: Record<string, unknown>}} Unsent */

/** @type {Map<string, Unsent>} by the event's id, the oldest first */
const unsent = new Map();
let sending = false;
let attempt = 0;
let timer = 0;

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

/** @param {string} path @param {string} id of the event @param {Record<string, unknown>} event */
function log(path, id, event) {
  unsent.set(id, { path, event });
  inStorage((storage) => storage.setItem(UNSENT + id, JSON.stringify({ path, event })));
  for (const oldest of unsent.keys()) {
    if (unsent.size <= MOST) break;
    forget(oldest);
  }
  return sendAll();
}

/** Send what an earlier page could not, and whatever waits when the network is back. */
export function sendUnsent() {
  inStorage((storage) => {
    // ids begin with their time: the oldest first
    for (const key of Object.keys(storage).filter((name) => name.startsWith(UNSENT)).sort()) {
      try {
        unsent.set(key.slice(UNSENT.length), JSON.parse(storage.getItem(key) ?? ""));
      } catch {
        storage.removeItem(key); // not written by us
      }
    }
  });
  window.addEventListener("online", () => sendAll());
  return sendAll();
}

/** One after the other, until the first that fails; what comes in meanwhile is sent, too. */
async function sendAll() {
  if (sending) return;
  sending = true;
  clearTimeout(timer);
  for (const [id, { path, event }] of unsent) {
    try {
      await post(path, event, { keepalive: true });
    } catch (error) {
      if (!refused(error)) {
        unsent.delete(id);
        unsent.set(id, { path, event }); // the others first, next time: it may be this one that the server fails at
        break;
      }
    }
    forget(id);
    attempt = 0;
  }
  sending = false;
  if (!unsent.size) return;
  timer = window.setTimeout(sendAll, 1000 * (WAITS[attempt] ?? 0));
  attempt = Math.min(attempt + 1, WAITS.length - 1);
}

/** What the server understands and refuses, it refuses again; unless it is about who asks, or when. @param {unknown} error */
function refused(error) {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && ![401, 403, 408, 429].includes(error.status);
}

/** @param {string} id */
function forget(id) {
  unsent.delete(id);
  inStorage((storage) => storage.removeItem(UNSENT + id));
}

/** Storage can be forbidden, or full: then a page keeps its events as long as it is open. @param {(storage: Storage) => void} act */
function inStorage(act) {
  try {
    act(localStorage);
  } catch {
    // nothing more to be done
  }
}

/** @param {string} id @param {"photo" | "clip"} kind */
export function logProject(id, kind) {
  return log("/v1/projects", id, { project_id: id, media_kind: kind, user: user() });
}

/** @param {string} projectId @param {string} answerId @param {unknown} recipe */
export function logEdit(projectId, answerId, recipe) {
  const edited_at = new Date().toISOString();
  const id = newId();
  return log("/v1/edits", id, { edit_id: id, project_id: projectId, answer_id: answerId, recipe, edited_at });
}

/** @param {string} projectId @param {string | null} answerId null: made by hand alone @param {unknown} recipe */
export function logExport(projectId, answerId, recipe) {
  const exported_at = new Date().toISOString();
  const id = newId();
  return log("/v1/exports", id, { export_id: id, project_id: projectId, answer_id: answerId, recipe, exported_at });
}
