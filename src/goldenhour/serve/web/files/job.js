// @ts-check
/** A clip that the server works on: its progress as the server sends it, until it ends. */

import { request } from "../api.js";

/** @typedef {import("../api.js").VideoStatus} VideoStatus */

const ENDS = ["done", "failed", "cancelled"];

/**
 * @param {string} path such as /v1/videos/ID
 * @param {AbortSignal} signal cancels it on the server, too
 * @param {(status: VideoStatus) => void} progress
 * @returns {Promise<VideoStatus>} as it ended
 */
export function followed(path, signal, progress) {
  return new Promise((resolve, reject) => {
    const events = new EventSource(`${path}/events`);
    const leave = () => {
      events.close();
      signal.removeEventListener("abort", cancel);
    };
    const cancel = () => {
      leave();
      request(path, { method: "DELETE", keepalive: true }).catch(() => {});
      reject(new DOMException("cancelled", "AbortError"));
    };
    events.addEventListener("progress", (event) => progress(JSON.parse(event.data)));
    for (const end of ENDS) {
      events.addEventListener(end, (event) => {
        leave();
        resolve(JSON.parse(/** @type {MessageEvent<string>} */ (event).data));
      });
    }
    // it connects again by itself, unless it is refused; how it ended is asked for then
    events.addEventListener("error", async () => {
      if (events.readyState !== EventSource.CLOSED) return;
      leave();
      try {
        const status = await (await request(path)).json();
        if (ENDS.includes(status.status)) resolve(status);
        else reject(new Error("The connection to the server was lost while it worked on the clip; try again."));
      } catch (error) {
        reject(error);
      }
    });
    signal.addEventListener("abort", cancel);
    if (signal.aborted) cancel();
  });
}

/**
 * What a job that has ended made; the server forgets it then. Throws where it made nothing.
 * @param {string} path such as /v1/videos/ID
 * @param {VideoStatus} status
 * @param {string} name of the clip, for the sentence
 * @param {AbortSignal} signal
 */
export async function fetched(path, { status, error, file }, name, signal) {
  if (status === "cancelled") throw new DOMException("cancelled", "AbortError");
  if (!file) throw new Error(error ?? `${name} could not be worked on; try again.`);
  const blob = await (await request(file, { signal })).blob();
  request(path, { method: "DELETE" }).catch(() => {}); // it is here now
  return blob;
}

/** @param {VideoStatus} status @returns {number | null} */
export function shareOf({ frames_done: done, frames_expected: expected }) {
  return expected ? Math.min(done / expected, 1) : null;
}
