// @ts-check
/** Charts as SVG, a value a day, each with its numbers as a table below it. */

import { element } from "../../web/page/dom.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDEST = 560;
const NARROWEST = 280;
const HEIGHT = 190;
const LEFT = 46;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 22;

/**
 * @typedef {{name: string, values: (number | null)[]}} Series
 * @typedef {{days: string[], series: Series[], format: (value: number) => string, most?: number, bars?: boolean,
 *   open?: number}} Chart  bars: the series stand inside each other, the largest first. open: how many of the last days
 *   are not over, or not decided yet.
 */

/**
 * @param {string} name
 * @param {Record<string, string | number>} [attributes]
 * @param {string} [text]
 */
function svg(name, attributes = {}, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Round steps from 0 to at or above a value, about four. @param {number} most @returns {number[]} */
function ticks(most) {
  const span = most > 0 ? most : 1;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = power * (/** @type {number[]} */ ([1, 2, 5, 10]).find((factor) => span / (factor * power) <= 4.5) ?? 10);
  const count = Math.ceil(span / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, number) => number * step);
}

/** @param {string} day */
export const shortDay = (day) =>
  new Date(`${day}T00:00Z`).toLocaleDateString("en", { day: "numeric", month: "short", timeZone: "UTC" });

/** A chart with its legend and table. @param {string} title @param {Chart} chart @returns {Node[]} */
export function figure(title, chart) {
  const legend = element("ul", { class: "legend" });
  chart.series.forEach(({ name }, place) => legend.append(element("li", { class: `s${place}` }, element("i"), name)));
  const parts = /** @type {Node[]} */ (chart.series.length > 1 ? [legend] : []);
  const heads = ["Day (UTC)", ...chart.series.map(({ name }) => name)];
  const rows = chart.days
    .map((day, at) => [day, ...chart.series.map(({ values }) => shown(values[at], chart.format))])
    .reverse();
  const details = element("details", {}, element("summary", {}, "As a table"), table(`${title}, by day`, heads, rows));
  return [...parts, draw(title, chart), details];
}

/** @param {number | null} value @param {(value: number) => string} format */
const shown = (value, format) => (value === null ? "–" : format(value));

/** Letters keep their size: a chart on a phone is drawn narrower, not smaller. */
const roomy = () => Math.max(NARROWEST, Math.min(WIDEST, document.documentElement.clientWidth - 66));

/** @param {string} title @param {Chart} chart */
function draw(title, { days, series, format, most, bars, open = 0 }) {
  const all = roomy();
  const values = series.flatMap((one) => one.values).filter((value) => value !== null);
  const marks = ticks(Math.min(Math.max(...values, 0), most ?? Infinity));
  const top = marks[marks.length - 1];
  const width = (all - LEFT - RIGHT) / days.length;
  /** @param {number} at */
  const x = (at) => LEFT + width * (at + 0.5);
  /** @param {number} value */
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const picture = svg("svg", {
    class: "chart",
    viewBox: `0 0 ${all} ${HEIGHT}`,
    role: "img",
    "aria-label": `${title}. ${series.map((one) => summary(one, format)).join(" ")}`,
  });
  for (const mark of marks) {
    picture.append(svg("line", { class: "grid", x1: LEFT, x2: all - RIGHT, y1: y(mark), y2: y(mark) }));
    picture.append(svg("text", { x: LEFT - 6, y: y(mark) + 4, "text-anchor": "end" }, format(mark)));
  }
  for (const at of labelled(days.length, all))
    picture.append(svg("text", { x: x(at), y: HEIGHT - 6, "text-anchor": anchor(at, days.length) }, shortDay(days[at])));
  series.forEach((one, place) => {
    const group = svg("g", { class: `s${place}` });
    if (bars) group.append(...columns(one.values, x, y, Math.max(1, width * 0.72)));
    else group.append(...lines(one.values, x, y, open));
    picture.append(group);
  });
  days.forEach((day, at) => {
    const area = svg("rect", { class: "day", x: x(at) - width / 2, y: TOP, width, height: HEIGHT - TOP - BOTTOM });
    const said = series.map(({ name, values }) => `${name}: ${shown(values[at], format)}`);
    area.append(svg("title", {}, [shortDay(day), ...said].join("\n")));
    picture.append(area);
  });
  return picture;
}

/** What a chart shows, for those who do not see it. @param {Series} series @param {(value: number) => string} format */
function summary({ name, values }, format) {
  const known = /** @type {number[]} */ (values.filter((value) => value !== null));
  if (!known.length) return `${name}: nothing.`;
  return `${name}: ${format(Math.min(...known))} to ${format(Math.max(...known))} a day, last ${format(known[known.length - 1])}.`;
}

/** The days that are named below a chart. @param {number} count @param {number} width */
function labelled(count, width) {
  const wanted = Math.min(count, Math.floor(width / 100));
  return wanted < 2 ? [0] : Array.from({ length: wanted }, (_, place) => Math.round((place * (count - 1)) / (wanted - 1)));
}

/** @param {number} at @param {number} count */
const anchor = (at, count) => (count < 3 || (at > 0 && at < count - 1) ? "middle" : at === 0 ? "start" : "end");

/**
 * @param {(number | null)[]} values @param {(at: number) => number} x @param {(value: number) => number} y
 * @param {number} width
 */
const columns = (values, x, y, width) =>
  values.flatMap((value, at) =>
    value ? [svg("rect", { class: "bar", x: x(at) - width / 2, y: y(value), width, height: y(0) - y(value) })] : [],
  );

/**
 * A line through neighbouring days, and a dot where one would not be seen or is not over yet.
 * @param {(number | null)[]} values @param {(at: number) => number} x @param {(value: number) => number} y @param {number} open
 */
function lines(values, x, y, open) {
  const points = values.map((value, at) => (value === null ? null : `${x(at).toFixed(1)},${y(value).toFixed(1)}`));
  const path = points
    .map((point, at) => (point === null ? "" : `${at > 0 && points[at - 1] !== null ? "L" : "M"}${point}`))
    .join("");
  const parts = [svg("path", { class: "line", d: path })];
  points.forEach((point, at) => {
    const still = at >= values.length - open;
    const alone = !points[at - 1] && !points[at + 1];
    if (point === null || !(alone || still)) return;
    const [cx, cy] = point.split(",");
    parts.push(svg("circle", { class: still ? "still" : "dot", cx, cy, r: 3 }));
  });
  return parts;
}

/** @param {string} caption @param {string[]} heads @param {(string | Node)[][]} rows */
export function table(caption, heads, rows) {
  const head = element("tr", {}, ...heads.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.map(([first, ...rest]) =>
    element("tr", {}, element("th", { scope: "row" }, first), ...rest.map((cell) => element("td", {}, cell))),
  );
  const whole = element("table", {}, element("caption", { class: "unseen" }, caption), element("thead", {}, head));
  whole.append(element("tbody", {}, ...body));
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, whole);
}
