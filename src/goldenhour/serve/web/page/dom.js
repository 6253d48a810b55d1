// @ts-check
/** Elements: those of the page by their id, new ones, and icons. */

/**
 * The element with this id; a page without it is a mistake of ours, and is told at once.
 * @template {HTMLElement} E
 * @param {string} id
 * @param {{new (): E, name: string}} kind
 * @returns {E}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
}

/** @param {string} id */
export const button = (id) => byId(id, HTMLButtonElement);

/**
 * A new element. Attributes by their names; `text` is its text, `on…` a listener.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") made.textContent = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * An icon of icons.svg; it says nothing to screen readers, whoever carries it has a name.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/web/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Whether keys that are typed belong to this element. @param {EventTarget | null} target */
export function takesText(target) {
  if (target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !["range", "checkbox", "radio", "button"].includes(target.type);
}

/** Run it when there is nothing more urgent, but soon; Safari has no idle callbacks. @param {() => void} run */
export function whenIdle(run) {
  if ("requestIdleCallback" in window) requestIdleCallback(run, { timeout: 400 });
  else setTimeout(run, 50);
}

/** @param {boolean} shown @param {...HTMLElement} elements */
export function show(shown, ...elements) {
  for (const each of elements) each.hidden = !shown;
}
