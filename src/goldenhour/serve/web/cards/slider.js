// @ts-check
/** One number of a recipe: a slider, a field for the number, and a reset; double-click resets, too. */

import { element, icon } from "../page/dom.js";
import { clamped } from "../state/settings.js";
import { spoken, title } from "../state/sentences.js";

/** @typedef {import("../state/types.js").NumberParameter} NumberParameter */

/**
 * @typedef {object} Listener
 * @property {(value: number, gesture: string | null) => void} moved while it is dragged, always with the same gesture
 * @property {() => void} released
 */

/** @typedef {ReturnType<typeof slider>} Slider */

let count = 0;

/**
 * @param {NumberParameter} parameter
 * @param {Listener} listener
 * @param {{label?: string, shown?: string, track?: string}} [look] `shown` beside it, where its label says more
 */
export function slider(parameter, listener, { label = title(parameter.name), shown = label, track } = {}) {
  const id = `slider-${++count}`;
  const { min, max, neutral, meaning } = parameter;
  const range = element("input", { type: "range", id, "aria-label": label, min, max, step: 1, value: neutral, "data-track": track });
  const field = element("input", { type: "number", min, max, step: "any", value: neutral, "aria-label": `${label}, number`, inputmode: "decimal" });
  const reset = element("button", { type: "button", class: "reset", "aria-label": `Reset ${label.toLowerCase()}`, title: "Reset" }, icon("reset"));
  const name = element("label", { for: id, text: shown, title: meaning });
  const row = element("div", { class: "slider", "data-name": parameter.name }, name, field, reset, range);
  let value = neutral;
  let gestures = 0;

  /** a drag, or keys held down, are one step @type {string | null} */
  let gesture = null;
  const begin = () => (gesture ??= `${id}-${++gestures}`);
  const end = () => {
    if (gesture !== null) listener.released();
    gesture = null;
  };
  const jump = (/** @type {number} */ next) => {
    end();
    if (next !== value) listener.moved(next, null);
  };

  range.addEventListener("input", () => listener.moved(range.valueAsNumber, begin()));
  range.addEventListener("change", end);
  range.addEventListener("blur", end);
  for (const place of [range, name]) place.addEventListener("dblclick", () => jump(neutral));
  reset.addEventListener("click", () => {
    jump(neutral);
    range.focus(); // the button is going
  });
  range.addEventListener("keydown", (event) => {
    if (event.key === "Delete" || event.key === "Backspace") jump(neutral);
    const step = event.shiftKey ? { ArrowRight: 10, ArrowUp: 10, ArrowLeft: -10, ArrowDown: -10 }[event.key] : undefined;
    if (step === undefined) return;
    event.preventDefault();
    jump(clamped(parameter, value + step));
  });
  field.addEventListener("change", () => {
    const typed = field.valueAsNumber;
    if (Number.isFinite(typed)) jump(clamped(parameter, typed));
    field.value = String(value);
  });

  return {
    row,
    /** @param {number} next @param {boolean} [disabled] */
    set(next, disabled = false) {
      value = next;
      range.valueAsNumber = next;
      field.value = String(next);
      range.setAttribute("aria-valuetext", spoken(parameter, next));
      const share = (/** @type {number} */ at) => `${(100 * (at - min)) / (max - min)}%`;
      range.style.setProperty("--from", share(Math.min(next, neutral)));
      range.style.setProperty("--to", share(Math.max(next, neutral)));
      row.toggleAttribute("data-changed", next !== neutral);
      reset.disabled = disabled || next === neutral;
      range.disabled = field.disabled = disabled;
    },
  };
}
