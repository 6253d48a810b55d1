// @ts-check
/** A recipe to the clipboard and from it, as JSON; between pictures, windows and people. */

import { openPicture } from "../state/reducer.js";
import { effectiveRecipe, readRecipe } from "../state/settings.js";
import { takesText } from "./dom.js";
import { tell, tellError } from "./toast.js";

/**
 * @param {import("../state/store.js").Store} store
 * @param {import("../state/types.js").Toolset} toolset
 */
export function recipes(store, toolset) {
  let copied = ""; // where the clipboard may not be read, what was copied here is meant

  const text = () => {
    const picture = openPicture(store.get());
    return picture && JSON.stringify({ intent: picture.present.intent, recipe: effectiveRecipe(toolset, picture.present) }, null, 2);
  };
  const copy = async () => {
    const json = text();
    if (!json) return;
    copied = json;
    await navigator.clipboard?.writeText(json).catch(() => {});
    tell("Recipe copied.");
  };
  const pasteText = (/** @type {string} */ json) => {
    if (!openPicture(store.get())) return tell("Open a picture first; the recipe waits in the clipboard.", "error");
    try {
      const recipe = readRecipe(toolset, json);
      const { intent } = JSON.parse(json);
      store.dispatch({ type: "pasted", recipe, intent: typeof intent === "string" ? intent.slice(0, 500) : "", intensity: 100 });
      tell("Recipe pasted.");
    } catch (error) {
      tellError(error);
    }
  };
  const paste = async () => {
    const json = (await navigator.clipboard?.readText().catch(() => "")) || copied;
    if (json) pasteText(json);
    else tell("There is no recipe in the clipboard; copy one first.", "error");
  };

  document.addEventListener("copy", (event) => {
    const json = text();
    if (!json || takesText(event.target) || getSelection()?.isCollapsed === false) return;
    event.preventDefault();
    copied = json;
    event.clipboardData?.setData("text/plain", json);
    tell("Recipe copied.");
  });
  return { copy, paste, pasteText };
}
