// @ts-check
/** One picture or clip to its graded file, from the original, by the server. */

import { request, send } from "../api.js";
import { clock } from "../stage/player.js";
import { save, saveFrom } from "./save.js";

/** @typedef {import("../api.js").VideoStatus} VideoStatus */
/** @typedef {{file: File, recipe: unknown, name: string, signal: AbortSignal, progress: (words: string, share: number | null) => void}} Job */

/**
 * @param {Job} job
 * @param {{format: string, quality: number | null}} how
 */
export async function exportPhoto({ file, recipe, name, signal, progress }, { format, quality }) {
  progress(`Sending ${file.name}`, 0);
  const fields = { file, recipe: JSON.stringify(recipe), format, ...(quality !== null && { quality: String(quality) }) };
  const sent = (/** @type {number} */ share) => progress(share < 1 ? `Sending ${file.name}` : `Grading ${file.name} in full size`, share < 1 ? share : null);
  const { body } = await send("/v1/render", fields, { signal, sent });
  save(body, name);
}

/**
 * A clip: sent, graded with its progress, fetched. Cancelling ends it on the server, too.
 * @param {Job} job
 * @param {{codec: string, quality: number | null}} how
 */
export async function exportClip({ file, recipe, name, signal, progress }, { codec, quality }) {
  progress(`Sending ${file.name}`, 0);
  const fields = { file, recipe: JSON.stringify(recipe), codec, ...(quality !== null && { quality: String(quality) }) };
  const sent = (/** @type {number} */ share) => progress(share < 1 ? `Sending ${file.name}` : `Reading ${file.name}`, share < 1 ? share : null);
  const { body } = await send("/v1/videos", fields, { signal, sent, responseType: "json" });
  const path = `/v1/videos/${body.video_id}`;
  const done = await followed(path, signal, (status) => progress(...inWords(status, file.name)));
  if (done.status === "failed") throw new Error(done.error ?? `${file.name} could not be graded; try again.`);
  if (done.status === "cancelled" || !done.file) throw new DOMException("cancelled", "AbortError");
  saveFrom(done.file, name);
  return done.warnings;
}

/** @param {VideoStatus} status @param {string} name @returns {[string, number | null]} */
function inWords({ status, frames_done: frames, frames_expected: expected, seconds_left: left }, name) {
  if (status === "queued") return [`${name} waits for its turn`, null];
  const rest = left === null ? "" : `, ${clock(Math.ceil(left))} left`;
  const share = expected ? Math.min(frames / expected, 1) : null;
  return [`Grading ${name}: ${expected ? `${Math.round((share ?? 0) * 100)} %` : `${frames} frames`}${rest}`, share];
}

/**
 * The job's progress as the server sends it, until it ends.
 * @param {string} path
 * @param {AbortSignal} signal
 * @param {(status: VideoStatus) => void} progress
 * @returns {Promise<VideoStatus>}
 */
function followed(path, signal, progress) {
  return new Promise((resolve, reject) => {
    const events = new EventSource(`${path}/events`);
    const cancel = () => {
      events.close();
      request(path, { method: "DELETE", keepalive: true }).catch(() => {});
      reject(new DOMException("cancelled", "AbortError"));
    };
    const finish = (/** @type {MessageEvent<string>} */ event) => {
      events.close();
      signal.removeEventListener("abort", cancel);
      resolve(JSON.parse(event.data));
    };
    events.addEventListener("progress", (event) => progress(JSON.parse(event.data)));
    for (const end of ["done", "failed", "cancelled"]) events.addEventListener(end, finish);
    // it connects again by itself; what it missed is asked for
    events.onerror = async () => {
      if (events.readyState !== EventSource.CLOSED) return;
      try {
        const status = await (await request(path)).json();
        if (["done", "failed", "cancelled"].includes(status.status)) return resolve(status);
        throw new Error("The connection to the server was lost while the clip was graded; export it again.");
      } catch (error) {
        reject(error);
      }
    };
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
  });
}
