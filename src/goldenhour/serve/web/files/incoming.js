// @ts-check
/** The ways in: the file dialog, dropping anywhere, pasting, and the samples. */

import { getSamples } from "../api.js";
import { button, byId, element, icon, show, takesText } from "../page/dom.js";
import { tellError } from "../page/toast.js";
import { sampleFile } from "./media.js";

/**
 * @typedef {object} Ways
 * @property {(files: File[]) => Promise<boolean>} open whether one could be opened
 * @property {(text: string) => void} pasteText a recipe, perhaps
 */

/** @param {Ways} ways */
export function incoming(ways) {
  const picker = byId("files", HTMLInputElement);
  const receive = (/** @type {Iterable<File>} */ files) => sortOut([...files], ways);
  picker.addEventListener("change", () => {
    receive(picker.files ?? []);
    picker.value = ""; // the same file may be chosen again
  });
  for (const id of ["open", "welcome-open"]) button(id).addEventListener("click", () => picker.click());
  dropping(receive);
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    if (files?.length) {
      event.preventDefault();
      return receive(files);
    }
    const text = event.clipboardData?.getData("text/plain");
    if (text && !takesText(event.target)) {
      event.preventDefault();
      ways.pasteText(text);
    }
  });
  return { pick: () => picker.click() };
}

/**
 * Recipes among the files are for the picture that comes with them, or alone, for the open one.
 * @param {File[]} files
 * @param {Ways} ways
 */
async function sortOut(files, ways) {
  const isRecipe = (/** @type {File} */ file) => file.type === "application/json" || file.name.endsWith(".json");
  const media = files.filter((file) => !isRecipe(file));
  if (media.length && !(await ways.open(media))) return; // they are not for another picture
  for (const file of files.filter(isRecipe)) ways.pasteText(await file.text());
}

/** @param {(files: Iterable<File>) => void} receive */
function dropping(receive) {
  const veil = byId("drop", HTMLElement);
  const carriesFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragenter", (event) => {
    if (carriesFiles(event)) show(true, veil);
  });
  document.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) show(false, veil);
  });
  document.addEventListener("drop", (event) => {
    show(false, veil);
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    receive(event.dataTransfer.files);
  });
}

/** @param {Ways} ways */
export async function samples(ways) {
  const list = byId("samples", HTMLUListElement);
  try {
    for (const sample of await getSamples()) list.append(element("li", {}, sampleButton(sample, ways)));
  } catch (error) {
    tellError(error);
  }
}

/**
 * @param {import("../api.js").Sample} sample
 * @param {Ways} ways
 */
function sampleButton(sample, ways) {
  const clip = sample.kind === "clip";
  const picture = element("img", { src: sample.small, alt: sample.alt, width: 168, height: 112, decoding: "async" });
  const made = element("button", { type: "button", class: "sample", "data-sample": sample.name }, picture, element("span", {}, ...(clip ? [icon("film")] : []), sample.title));
  made.addEventListener("click", async () => {
    if (made.getAttribute("aria-busy") === "true") return;
    made.setAttribute("aria-busy", "true");
    try {
      await ways.open([await sampleFile(sample, AbortSignal.timeout(60_000))]);
    } catch (error) {
      tellError(error);
    } finally {
      made.removeAttribute("aria-busy");
    }
  });
  return made;
}
