// @ts-check
/** The insights page: asks /v1/insights, and shows it as numbers, charts and tables. */
import { byId, element } from "../../web/page/dom.js";
import { figure, shortDay, table } from "./charts.js";

/**
 * @typedef {{day: string, users: number, projects: number, completed: number, simulated: number, answers: number,
 *   fallbacks: number, repaired: number, refused: number}} Day
 * @typedef {{answers: number, p50: number | null, p95: number | null, p99: number | null}} Latency
 * @typedef {{intent: string, shown: number, exported: number, rate: number, at_most: number, usual: number, missing: number}} Taught
 * @typedef {{name: string, since: string | null, ended: string | null, problem?: string, running: boolean,
 *   arms: {arm: string, weight: number, users: number, projects: number}[]}} Running
 * @typedef {{days: number, first: string, last: string, at: string, daily: Day[],
 *   total: Omit<Day, "day"> & {completion_rate: number | null, completion_low: number | null, completion_high: number | null},
 *   newest: {answers: number, all: boolean}, latency: Latency & {daily: (Latency & {day: string})[]},
 *   tools: {tool: string, answers: number}[],
 *   sources: {source_model: string, source_version: string, answers: number, fallbacks: number, repaired: number, refused: number}[],
 *   teach_next: Taught[], experiments: Running[]}} Insights
 */

/** @param {string} id */
const by = (id) => byId(id, HTMLElement);
const REFRESH = 60_000;
const UNDECIDED = 2; // today is not over, and who started yesterday may still export

/** @param {number} value */
const whole = (value) => value.toLocaleString("en", { maximumFractionDigits: 0 });
/** @param {number} value */
const compact = (value) => value.toLocaleString("en", { notation: "compact", maximumFractionDigits: 1 });
/** @param {number} value */
const percent = (value) => value.toLocaleString("en", { style: "percent", maximumFractionDigits: value < 0.1 ? 1 : 0 });
/** @param {number} value */
const tenths = (value) => value.toLocaleString("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
/** Short enough to stand beside an axis. @param {number} value in milliseconds */
const time = (value) => {
  const [number, unit] = value < 1000 ? [value, "ms"] : [value / 1000, "s"];
  return `${number.toLocaleString("en", { maximumSignificantDigits: 3 })} ${unit}`;
};
/** @param {number} part @param {number} all */
const share = (part, all) => (all ? percent(part / all) : "–");

/** @param {string} title @param {string} note @param {Node[]} parts @param {string} [width] */
function card(title, note, parts, width = "") {
  const heading = element("h2", {}, title);
  return element("section", { class: `card ${width}`, "aria-label": title }, heading, element("p", {}, note), ...parts);
}

/** @param {string} name @param {string} value @param {string} small */
const tile = (name, value, small) =>
  element("div", { class: "tile" }, element("dt", {}, name), element("dd", {}, value, element("small", {}, small)));

/** @param {Insights} found */
function tiles({ total, latency }) {
  const { completion_rate, completion_low, completion_high } = total;
  const interval =
    completion_low === null || completion_high === null ? "" : `95 %: ${tenths(completion_low)} to ${tenths(completion_high)}`;
  const made = total.simulated ? `${whole(total.simulated)} of them simulated` : "";
  return element(
    "dl",
    { class: "tiles" },
    tile("Users", whole(total.users), ""),
    tile("Projects started", whole(total.projects), made),
    tile("Completed", completion_rate === null ? "–" : tenths(completion_rate), interval),
    tile("Answers shown", whole(total.answers), total.projects ? `${(total.answers / total.projects).toFixed(1)} a project` : ""),
    tile("Time to an answer", latency.p50 === null ? "–" : time(latency.p50), latency.p95 === null ? "" : `95 % within ${time(latency.p95)}`),
    tile("Mended or refused", share(total.repaired + total.refused, total.answers), `fallbacks: ${share(total.fallbacks, total.answers)}`),
  );
}

/** @param {Insights} found */
function charts({ daily, latency, newest }) {
  const days = daily.map(({ day }) => day);
  /** @param {keyof Omit<Day, "day">} name */
  const of = (name) => daily.map((day) => day[name]);
  /** @param {keyof Omit<Day, "day">} part @param {keyof Omit<Day, "day">} all */
  const ratio = (part, all) => daily.map((day) => (day[all] ? day[part] / day[all] : null));
  const times = new Map(latency.daily.map((day) => [day.day, day]));
  /** @param {"p50" | "p95" | "p99"} name */
  const percentile = (name) => days.map((day) => times.get(day)?.[name] ?? null);
  const counted = newest.all ? "" : ` Of the newest ${whole(newest.answers)} answers.`;
  return [
    card("Projects", "Started, and of these those that were exported, by the day of their start.", figure("Projects", {
      days, format: compact, bars: true,
      series: [{ name: "started", values: of("projects") }, { name: "completed", values: of("completed") }],
    })),
    card("Completion rate", "Completed projects to started ones. Hollow: may still grow.", figure("Completion rate", {
      days, format: percent, most: 1, open: UNDECIDED, series: [{ name: "completion rate", values: ratio("completed", "projects") }],
    })),
    card("Users and answers", "Users who started a project, and answers shown.", figure("Users and answers", {
      days, format: compact, series: [{ name: "users", values: of("users") }, { name: "answers", values: of("answers") }],
    })),
    card("Time to an answer", `Percentiles.${counted}`, figure("Time to an answer", {
      days, format: time,
      series: [{ name: "half", values: percentile("p50") }, { name: "95 %", values: percentile("p95") }, { name: "99 %", values: percentile("p99") }],
    })),
    card("Answers that were not plain", "Mended, refused as outside the tools, or given by another model.", figure("Answers that were not plain", {
      days, format: percent,
      series: [
        { name: "mended", values: ratio("repaired", "answers") },
        { name: "refused", values: ratio("refused", "answers") },
        { name: "fallbacks", values: ratio("fallbacks", "answers") },
      ],
    })),
  ];
}

/** @param {Insights} found */
function tools({ tools: used, newest, sources }) {
  const rows = used.map(({ tool, answers }) => {
    const name = tool.replaceAll("_", " ");
    const meter = element("meter", { min: 0, max: 1, value: newest.answers ? answers / newest.answers : 0, "aria-label": name });
    return [name, meter, share(answers, newest.answers), whole(answers)];
  });
  const models = sources.map((one) => [
    `${one.source_model} ${one.source_version}`, whole(one.answers), whole(one.fallbacks), whole(one.repaired), whole(one.refused),
  ]);
  const note = newest.all ? "Of all answers." : `Of the newest ${whole(newest.answers)} answers.`;
  return card("Tools and models", note, [
    table("Tools, by how many answers use them", ["Tool", "", "Share", "Answers"], rows),
    element("h3", {}, "Who answered"),
    table("Who answered", ["Model", "Answers", "Fallbacks", "Mended", "Refused"], models),
  ]);
}

/** @param {Insights} found */
function teachNext({ teach_next }) {
  const title = "What to teach next";
  if (!teach_next.length)
    return card(title, "No intent is exported less than others for certain. That takes some that are asked for often.", [], "wide");
  const usual = percent(teach_next[0].usual);
  const rows = teach_next.map((one) => [
    one.intent, whole(one.shown), whole(one.exported), percent(one.rate), percent(one.at_most), one.missing.toFixed(1),
  ]);
  const note =
    `Intents whose answers are exported less often than the usual ${usual}, for certain: luck alone (95 %, all intents at once) ` +
    "would not do that. Missing: the exports that it costs at least; the most come first.";
  const heads = ["Intent", "Projects", "Exported", "Rate", "At most", "Missing"];
  return card(title, note, [table(title, heads, rows)], "wide");
}

/** @param {Insights} found */
function running({ experiments }) {
  const title = "Experiments";
  if (!experiments.length) return card(title, "None is known to this store.", [], "wide");
  const parts = experiments.flatMap(({ name, since, ended, running, problem, arms }) => {
    if (problem) return [element("p", { class: "soft" }, problem)];
    const rows = arms.map((arm) => [arm.arm, percent(arm.weight), whole(arm.users), whole(arm.projects)]);
    const state = ended ? `, ended ${shortDay(ended.slice(0, 10))}` : running ? ", running" : "";
    const heading = element("h3", {}, `${name}, since ${since ? shortDay(since.slice(0, 10)) : "?"}${state}`);
    return [heading, table(name, ["Arm", "Weight", "Users", "Projects"], rows)];
  });
  return card(title, "Whom each arm really answered in these days. Verdicts: goldenhour experiment report NAME.", parts, "wide");
}

/** @param {Insights} found */
function show(found) {
  const some = found.total.projects + found.total.answers + found.experiments.length > 0;
  by("empty").hidden = some;
  by("found").hidden = !some;
  by("when").textContent = `${shortDay(found.first)} to ${shortDay(found.last)} (UTC), counted at ${found.at.slice(11, 16)}`;
  if (!some) return;
  const grid = element("div", { class: "cards" }, ...charts(found), tools(found), teachNext(found), running(found));
  by("found").replaceChildren(element("h1", { class: "unseen" }, "Insights"), tiles(found), grid);
}

/** @type {AbortController | null} */
let asking = null;

/** @param {boolean} again whether it is the same question as before */
async function ask(again = false) {
  asking?.abort();
  const { signal } = (asking = new AbortController());
  const days = new FormData(/** @type {HTMLFormElement} */ (document.querySelector(".spans"))).get("days");
  by("main").setAttribute("aria-busy", String(!again));
  try {
    const response = await fetch(`/v1/insights?days=${days}`, { signal });
    const found = await response.json();
    if (!response.ok) throw new Error(found.detail);
    by("problem").hidden = true;
    if (!again || !document.querySelector("details[open]")) show(found);
  } catch (error) {
    if (signal.aborted) return;
    const why = error instanceof Error && !(error instanceof TypeError) ? error.message : "the server does not answer";
    by("problem").textContent = `The insights cannot be shown: ${why}.`;
    by("problem").hidden = false;
  }
  by("main").setAttribute("aria-busy", "false");
}

document.querySelector(".spans")?.addEventListener("change", () => ask());
setInterval(() => document.visibilityState === "visible" && ask(true), REFRESH);
ask();
