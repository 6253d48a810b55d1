// @ts-check
/** One number of a recipe: a slider, a field for the number, and a reset; double-click resets, too. */

import { element, icon } from "../page/dom.js";
import { clamped } from "../state/settings.js";
import { spoken, title } from "../state/sentences.js";

/** @typedef {import("../state/types.js").NumberParameter} NumberParameter */

/**
 * @typedef {object} Listener
 * @property {(value: number, gesture: string | null) => void} moved by each gesture, which has a name of its own, or in one step
 */

/** @typedef {ReturnType<typeof slider>} Slider */

const DOUBLE_CLICK = 500; // ms from the first press to the second

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

  /** a drag, a key held down, or a double-click with its first click: one step @type {string | null} */
  let gesture = null;
  let pressed = -Infinity;
  const begin = () => (gesture = `${id}-${++gestures}`);
  const jump = (/** @type {number} */ next, /** @type {string | null} */ within = null) => {
    if (next !== value) listener.moved(next, within);
  };

  range.addEventListener("pointerdown", (event) => {
    if (event.timeStamp - pressed > DOUBLE_CLICK) begin();
    pressed = event.timeStamp;
  });
  range.addEventListener("keydown", (event) => {
    if (!event.repeat) begin();
  });
  for (const end of ["keyup", "blur"]) range.addEventListener(end, () => (gesture = null));
  range.addEventListener("input", () => listener.moved(range.valueAsNumber, gesture));
  range.addEventListener("dblclick", () => jump(neutral, gesture));
  name.addEventListener("dblclick", () => jump(neutral));
  reset.addEventListener("click", () => {
    jump(neutral);
    range.focus(); // the button is going
  });
  range.addEventListener("keydown", (event) => {
    if (event.key === "Delete" || event.key === "Backspace") jump(neutral);
    const step = event.shiftKey ? { ArrowRight: 10, ArrowUp: 10, ArrowLeft: -10, ArrowDown: -10 }[event.key] : undefined;
    if (step === undefined) return;
    event.preventDefault();
    jump(clamped(parameter, value + step), gesture);
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
