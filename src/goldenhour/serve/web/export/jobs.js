// @ts-check
/** One picture or clip to its graded file, from the original, by the server. */

import { send } from "../api.js";
import { fetched, followed, shareOf } from "../files/job.js";
import { clock } from "../stage/player.js";
import { save } from "./save.js";

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
 * @param {{codec: string, container: string, quality: number | null}} how
 */
export async function exportClip({ file, recipe, name, signal, progress }, { codec, container, quality }) {
  progress(`Sending ${file.name}`, 0);
  const fields = { file, recipe: JSON.stringify(recipe), codec, container, ...(quality !== null && { quality: String(quality) }) };
  const sent = (/** @type {number} */ share) => progress(share < 1 ? `Sending ${file.name}` : `Reading ${file.name}`, share < 1 ? share : null);
  const { body } = await send("/v1/videos", fields, { signal, sent, responseType: "json" });
  const path = `/v1/videos/${body.video_id}`;
  const done = await followed(path, signal, (status) => progress(...inWords(status, file.name)));
  progress(`Fetching ${name}`, null);
  save(await fetched(path, done, file.name, signal), name);
  return done.warnings;
}

/** @param {VideoStatus} status @param {string} name @returns {[string, number | null]} */
function inWords(status, name) {
  if (status.status === "queued") return [`${name} waits for its turn`, null];
  const share = shareOf(status);
  const rest = status.seconds_left === null ? "" : `, ${clock(Math.ceil(status.seconds_left))} left`;
  return [`Grading ${name}: ${share === null ? `${status.frames_done} frames` : `${Math.round(share * 100)} %`}${rest}`, share];
}
