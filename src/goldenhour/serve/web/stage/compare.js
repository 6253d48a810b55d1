// @ts-check
/** Before and after: a split with a handle (Y), and the original for as long as something is held (\). */

import { button, byId, show, takesText } from "../page/dom.js";

/** @param {import("./view.js").View} view */
export function compare(view) {
  const [toggle, hold] = [button("split-toggle"), button("hold")];
  const [frame, handle] = [byId("frame", HTMLElement), byId("split", HTMLElement)];
  const tags = [byId("tag-before", HTMLElement), byId("tag-after", HTMLElement)];
  let [on, held, split] = [false, false, 0.5];

  const update = () => {
    view.engine.setCompare({ mode: held ? "original" : on ? "split" : "off", split });
    show(on && !held, handle, ...tags);
    if (held) show(true, /** @type {HTMLElement} */ (tags[0]));
    toggle.setAttribute("aria-pressed", String(on));
    hold.setAttribute("aria-pressed", String(held));
    frame.style.setProperty("--split", `${split * 100}%`);
    handle.setAttribute("aria-valuenow", String(Math.round(split * 100)));
    handle.setAttribute("aria-valuetext", `${Math.round(split * 100)} % before`);
    view.draw();
  };
  const setSplit = (/** @type {number} */ share) => {
    split = Math.min(Math.max(share, 0), 1);
    update();
  };
  const setHeld = (/** @type {boolean} */ value) => {
    if (held === value) return;
    held = value;
    update();
  };
  const toggleSplit = () => {
    on = !on;
    update();
  };

  toggle.addEventListener("click", toggleSplit);
  holding(hold, setHeld);
  dragging(frame, handle, setSplit, setHeld, () => on);
  handle.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.1 : 0.02;
    const shares = new Map([["ArrowLeft", split - step], ["ArrowDown", split - step], ["ArrowRight", split + step], ["ArrowUp", split + step], ["Home", 0], ["End", 1]]);
    const share = shares.get(event.key);
    if (share === undefined) return;
    event.preventDefault();
    setSplit(share);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "\\" && !takesText(event.target)) setHeld(true);
  });
  document.addEventListener("keyup", (event) => {
    if (event.key === "\\") setHeld(false);
  });
  window.addEventListener("blur", () => setHeld(false));
  return { toggleSplit };
}

/** A button that is on while a finger, the mouse, Space or Enter holds it. @param {HTMLElement} hold @param {(held: boolean) => void} set */
function holding(hold, set) {
  hold.addEventListener("pointerdown", (event) => {
    hold.setPointerCapture(event.pointerId);
    set(true);
  });
  for (const end of ["pointerup", "pointercancel", "blur"]) hold.addEventListener(end, () => set(false));
  hold.addEventListener("contextmenu", (event) => event.preventDefault()); // a long touch
  hold.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    set(true);
  });
  hold.addEventListener("keyup", () => set(false));
}

/**
 * On the picture itself: with the split on, dragging moves it; without, holding shows the original.
 * @param {HTMLElement} frame
 * @param {HTMLElement} handle
 * @param {(share: number) => void} setSplit
 * @param {(held: boolean) => void} setHeld
 * @param {() => boolean} isSplit
 */
function dragging(frame, handle, setSplit, setHeld, isSplit) {
  const shareAt = (/** @type {PointerEvent} */ event) => {
    const box = frame.getBoundingClientRect();
    return (event.clientX - box.left) / box.width;
  };
  let down = false;
  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    down = true;
    frame.setPointerCapture(event.pointerId);
    if (!isSplit()) return setHeld(true);
    setSplit(shareAt(event));
    handle.focus({ preventScroll: true });
    event.preventDefault();
  });
  frame.addEventListener("pointermove", (event) => {
    if (down && isSplit()) setSplit(shareAt(event));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    frame.addEventListener(end, () => {
      down = false;
      setHeld(false);
    });
  }
  frame.addEventListener("contextmenu", (event) => {
    if (down) event.preventDefault();
  });
}
