// @ts-check
/** The server's HTTP API as functions; whatever goes wrong is an Error of one sentence. */

/** @typedef {import("./state/types.js").Recipe} Recipe */
/** @typedef {import("./state/types.js").Answer} Answer */
/** @typedef {import("./state/types.js").Toolset} Toolset */

/** @typedef {{name: string, url: string, small: string, kind: "photo" | "clip", title: string, alt: string}} Sample */

/**
 * @typedef {object} VideoStatus
 * @property {string} video_id
 * @property {"queued" | "running" | "done" | "failed" | "cancelled"} status
 * @property {number} frames_done
 * @property {number | null} frames_expected
 * @property {number | null} seconds_left
 * @property {string | null} error
 * @property {string[]} warnings
 * @property {string | null} file
 */

const UNREACHABLE = "The server cannot be reached; nothing is lost, try again when it runs.";

/** What the server refused, with its own sentence. */
export class ApiError extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** @param {number} status @param {string} body */
function problem(status, body) {
  try {
    const { detail } = JSON.parse(body);
    if (typeof detail === "string" && detail) return new ApiError(status, detail);
  } catch {
    // a proxy's page, not the server's answer
  }
  return new ApiError(status, `The server refused this (${status}); try again.`);
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export async function request(path, init) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, UNREACHABLE);
  }
  if (!response.ok) throw problem(response.status, await response.text());
  return response;
}

/** @param {string} path @param {unknown} body @param {RequestInit} [init] */
export function post(path, body, init) {
  const headers = { "Content-Type": "application/json" };
  return request(path, { method: "POST", headers, body: JSON.stringify(body), ...init });
}

/** @returns {Promise<Toolset>} */
export async function getToolset() {
  return (await request("/v1/toolset")).json();
}

/** @returns {Promise<Sample[]>} */
export async function getSamples() {
  return (await request("/v1/samples")).json();
}

/**
 * @param {{intent: string, project_id: string, take?: number, current?: Recipe, user?: string, table?: number}} question
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
export async function ask(question, signal) {
  return (await post("/v1/recipes", question, { signal })).json();
}

/**
 * The tables of all looks, small, in the toolset's order.
 * @returns {Promise<ArrayBuffer>}
 */
export async function getLooks() {
  return (await request("/v1/tables/looks?size=17")).arrayBuffer();
}

/**
 * A form sent with its progress, which fetch does not tell.
 * @param {string} path
 * @param {Record<string, string | File | undefined>} fields
 * @param {{signal: AbortSignal, sent?: (share: number) => void, responseType?: "blob" | "json",
 *   headers?: Record<string, string>}} options
 * @returns {Promise<{body: any, header: (name: string) => string | null}>}
 */
export function send(path, fields, { signal, sent, responseType = "blob", headers = {} }) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.append(name, value);
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    xhr.open("POST", path);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.responseType = "blob";
    xhr.upload.onprogress = (event) => sent?.(event.lengthComputable ? event.loaded / event.total : 0);
    xhr.onerror = () => reject(new ApiError(0, UNREACHABLE));
    xhr.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    xhr.onload = async () => {
      /** @type {Blob} */
      const blob = xhr.response;
      if (xhr.status >= 300) return reject(problem(xhr.status, await blob.text()));
      resolve({ body: responseType === "json" ? JSON.parse(await blob.text()) : blob, header: (name) => xhr.getResponseHeader(name) });
    };
    xhr.onloadend = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    if (signal.aborted) return reject(new DOMException("cancelled", "AbortError"));
    xhr.send(form);
  });
}
