// @ts-check
/** The export dialog: one picture or clip or all of them, and the recipe for other editors. */

import { post } from "../api.js";
import { slider } from "../cards/slider.js";
import { logExport } from "../log.js";
import { button, byId, element, show } from "../page/dom.js";
import { tell, tellError, tellFailures } from "../page/toast.js";
import { openPicture } from "../state/reducer.js";
import { effectiveRecipe } from "../state/settings.js";
import { exportClip, exportPhoto } from "./jobs.js";
import { gradedName, save } from "./save.js";

/** @typedef {import("../state/types.js").Picture} Picture */
/** @typedef {{value: string, words: string, suffix: string, quality: number | null}} Format quality: the default, or null where none is lost */

/** @type {Format[]} */
const PHOTO_FORMATS = [
  { value: "jpeg", words: "JPEG", suffix: ".jpg", quality: 95 },
  { value: "png", words: "PNG, lossless", suffix: ".png", quality: null },
  { value: "webp", words: "WebP", suffix: ".webp", quality: 92 },
  { value: "avif", words: "AVIF", suffix: ".avif", quality: 88 },
  { value: "heic", words: "HEIC", suffix: ".heic", quality: 90 },
  { value: "tiff", words: "TIFF, 16 bits kept", suffix: ".tif", quality: null },
];
/** @type {Format[]} */
const CLIP_FORMATS = [
  { value: "h264", words: "H.264 (MP4)", suffix: ".mp4", quality: 80 },
  { value: "hevc", words: "HEVC (MP4)", suffix: ".mp4", quality: 80 },
  { value: "av1", words: "AV1 (MP4)", suffix: ".mp4", quality: 80 },
  { value: "prores", words: "ProRes 422 HQ (MOV)", suffix: ".mov", quality: null },
];

/**
 * @param {import("../state/store.js").Store} store
 * @param {import("../state/types.js").Toolset} toolset
 * @param {import("../files/desk.js").Desk} desk
 */
export function exports(store, toolset, desk) {
  const [dialog, form] = [byId("export", HTMLDialogElement), byId("export-form", HTMLFormElement)];
  const [format, all] = [byId("export-format", HTMLSelectElement), byId("export-all", HTMLInputElement)];
  const choice = qualitySlider();
  /** @type {AbortController | null} */
  let running = null;

  const formatsOf = (/** @type {Picture} */ { kind }) => (kind === "clip" ? CLIP_FORMATS : PHOTO_FORMATS);
  const formatOf = (/** @type {Picture} */ picture) => /** @type {Format} */ (formatsOf(picture).find(({ value }) => value === format.value) ?? formatsOf(picture)[0]);
  const qualityChanged = () => {
    const picture = openPicture(store.get());
    if (picture) choice.show(formatOf(picture).quality);
  };

  const open = () => {
    const picture = openPicture(store.get());
    if (!picture) return tell("Open a picture first.", "error");
    const clip = picture.kind === "clip";
    format.replaceChildren(...formatsOf(picture).map(({ value, words }) => element("option", { value, text: words })));
    byId("export-kind", HTMLElement).textContent = clip ? "Clip" : "Photo";
    byId("export-facts", HTMLElement).textContent = factsOf(picture, desk);
    button("export-go").textContent = clip ? "Export clip" : "Export photo";
    const many = store.get().pictures.length;
    show(many > 1, byId("export-all-field", HTMLElement));
    byId("export-all-words", HTMLElement).textContent = `All ${many} files, each with its own look`;
    all.checked = false;
    qualityChanged();
    dialog.showModal();
  };

  const run = async () => {
    const picture = openPicture(store.get());
    if (!picture || running) return;
    const pictures = all.checked ? store.get().pictures : [picture];
    running = new AbortController();
    busy(true);
    const { signal } = running;
    /** @type {{name: string, error: unknown}[]} */
    const failed = [];
    try {
      for (const [index, each] of pictures.entries()) {
        const chosen = each.kind === picture.kind ? formatOf(picture) : /** @type {Format} */ (formatsOf(each)[0]);
        const prefix = pictures.length > 1 ? `${index + 1} of ${pictures.length}: ` : "";
        try {
          await exported(each, chosen, chosen.quality === null ? null : each.kind === picture.kind ? choice.value() : chosen.quality, signal, (words, share) => progress(`${prefix}${words}`, share));
        } catch (error) {
          signal.throwIfAborted();
          failed.push({ name: each.name, error });
        }
      }
      if (failed.length && pictures.length > 1) return tellFailures(`${pictures.length - failed.length} of ${pictures.length} exported`, failed);
      if (failed.length) return tellError(failed[0]?.error);
      dialog.close();
      tell(pictures.length > 1 ? `${pictures.length} files exported.` : `${gradedName(picture.name, picture.present.intent, formatOf(picture).suffix)} exported.`);
    } catch (error) {
      if (signal.aborted) tell("Export cancelled.");
      else tellError(error);
    } finally {
      running = null;
      busy(false);
    }
  };

  const exported = async (/** @type {Picture} */ picture, /** @type {Format} */ chosen, /** @type {number | null} */ quality, /** @type {AbortSignal} */ signal, /** @type {(words: string, share: number | null) => void} */ progress) => {
    const file = desk.files.get(picture.id);
    if (!file) return;
    const recipe = effectiveRecipe(toolset, picture.present);
    const name = gradedName(picture.name, picture.present.intent, chosen.suffix);
    const job = { file, recipe, name, signal, progress };
    const warnings = picture.kind === "clip" ? await exportClip(job, { codec: chosen.value, container: chosen.suffix.slice(1), quality }) : await exportPhoto(job, { format: chosen.value, quality });
    for (const warning of warnings ?? []) tell(warning);
    noted(picture, recipe);
  };
  const noted = (/** @type {Picture} */ { id, present }, /** @type {unknown} */ recipe) => {
    logExport(id, present.answerId, recipe);
  };

  /** The recipe as a file for others. @param {string} suffix @param {(recipe: unknown, intent: string) => Promise<Blob>} made */
  const other = (suffix, made) => async () => {
    const picture = openPicture(store.get());
    if (!picture) return;
    const recipe = effectiveRecipe(toolset, picture.present);
    try {
      save(await made(recipe, picture.present.intent), gradedName(picture.name, picture.present.intent, suffix));
      noted(picture, recipe);
    } catch (error) {
      tellError(error);
    }
  };
  const blobOf = async (/** @type {Promise<Response>} */ response) => (await response).blob();
  button("export-cube").addEventListener("click", other(".cube", (recipe, intent) => blobOf(post("/v1/cube", { recipe, size: Number(byId("export-cube-size", HTMLSelectElement).value), ...(intent && { title: intent }) }))));
  button("export-xmp").addEventListener("click", other(".xmp", (recipe, intent) => blobOf(post("/v1/xmp", { recipe, name: intent || "Golden Hour" }))));
  button("export-json").addEventListener("click", other(".json", async (recipe) => new Blob([`${JSON.stringify(recipe, null, 2)}\n`], { type: "application/json" })));

  format.addEventListener("change", qualityChanged);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  button("export-open").addEventListener("click", open);
  button("export-close").addEventListener("click", () => dialog.close());
  button("export-cancel").addEventListener("click", () => running?.abort());
  dialog.addEventListener("close", () => running?.abort());
  // Escape, or a phone's way back, does not end what takes minutes; Cancel does. Chromium asks "cancel" once only
  dialog.addEventListener("cancel", (event) => running && event.preventDefault());
  dialog.addEventListener("keydown", (event) => running && event.key === "Escape" && event.preventDefault());
  return { open };
}

/** @param {Picture} picture @param {import("../files/desk.js").Desk} desk */
function factsOf(picture, desk) {
  const media = desk.media;
  const kept = picture.kind === "clip" ? "sound, subtitles and rotation kept" : "metadata, colour profile and transparency kept";
  return `${media ? `${media.width} × ${media.height}, ` : ""}made from the original file; ${kept}.`;
}

/** @param {boolean} value */
function busy(value) {
  show(value, byId("export-progress", HTMLElement));
  byId("export-media", HTMLFieldSetElement).disabled = value;
  if (value) button("export-cancel").focus();
}

/** @param {string} words @param {number | null} share */
function progress(words, share) {
  const bar = byId("export-bar", HTMLProgressElement);
  byId("export-progress-words", HTMLElement).textContent = words;
  if (share === null) bar.removeAttribute("value");
  else bar.value = share;
}

/** How much of what a format loses is kept; each format has a slider that goes back to its own default. */
function qualitySlider() {
  let value = 0;
  const place = byId("export-quality", HTMLElement);
  return {
    value: () => value,
    /** @param {number | null} preset */
    show(preset) {
      show(preset !== null, place);
      if (preset === null) return;
      const made = slider({ name: "quality", kind: "number", min: 1, max: 100, neutral: preset, decimals: 0, meaning: "larger files have more of the original" }, {
        moved: (next) => made.set((value = Math.round(next))),
      }, { label: "Quality" });
      made.set((value = preset));
      place.replaceChildren(made.row);
    },
  };
}
