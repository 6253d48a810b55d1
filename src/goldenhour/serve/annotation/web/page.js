// @ts-check
// The annotation page: one item after the other, by mouse, touch or keys.
import { Refused, judge, stateOf, undo } from "./server.js";

/** @typedef {import("./server.js").State} State */

const REMEMBERED = "goldenhour-annotator";
const SECTIONS = ["welcome", "judging", "result", "done"];
const KEYS = { 1: ["left", "yes"], 2: ["left", "no"], 3: ["right", "yes"], 4: ["right", "no"], 5: ["same", "yes"], 6: ["same", "no"] };

/** @type {(id: string) => any} */
const by = (id) => document.getElementById(id);
const form = by("questions");

/** @type {State | null} */
let state = null;
let busy = false;

/** @param {string} section */
function showOnly(section) {
  for (const name of SECTIONS) by(name).hidden = name !== section;
}

/** Ask the server, one thing at a time, and show where that leads. @param {() => Promise<State>} asking @param {string} said */
async function go(asking, said) {
  if (busy) return;
  busy = true;
  try {
    const before = state;
    state = await asking();
    by("problem").hidden = true;
    by("status").textContent = said;
    show(before);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    by("problem").textContent = error.message;
    by("problem").hidden = false;
    if (error.status === 422 && state) await again();
  } finally {
    busy = false;
  }
}

/** What is shown was judged in another window: show what is next, and leave the sentence where it is. */
async function again() {
  if (!state) return;
  state = await stateOf(state.annotator).catch(() => state);
  show(state);
}

/** @param {State | null} before */
function show(before) {
  if (!state) return;
  const { annotator, phase, done, of, rounds } = state;
  localStorage.setItem(REMEMBERED, annotator);
  by("who").hidden = by("progress").hidden = false;
  by("who-name").textContent = annotator;
  by("bar").value = done / of;
  by("progress-text").textContent = `${phase === "calibration" ? "Practice" : "Judged"}: ${done} of ${of}`;
  if (before && rounds.length > before.rounds.length) showResult();
  else if (phase === "done") showDone();
  else showItem();
}

function showItem() {
  if (!state || !state.item) return;
  const { item, phase, rounds, can_undo, ahead } = state;
  showOnly("judging");
  by("phase").textContent =
    phase === "calibration" ? `Practice${rounds.length ? `, round ${rounds.length + 1}` : ""}: examples with known answers` : "Somebody asked for";
  by("intent").textContent = `“${item.intent}”`;
  by("original").src = item.original;
  by("left").src = item.pictures[0];
  by("right").src = item.pictures[1];
  form.reset();
  by("save").disabled = true;
  by("undo").disabled = !can_undo;
  by("intent").focus({ preventScroll: true });
  for (const url of ahead) new Image().src = url;
}

function showResult() {
  if (!state) return;
  const { right, of, passed } = state.rounds[state.rounds.length - 1];
  showOnly("result");
  by("result-title").textContent = passed ? "Well judged." : "Not quite yet.";
  by("result-text").textContent =
    `${right} of ${of} judgements were as expected. ` +
    (passed ? "Now the real ones, to which nobody knows the answer." : "Look at what was expected below, and try the examples again.");
  by("missed").replaceChildren(...state.missed.map(solved));
  by("result-title").focus();
}

/** A calibration example that was not judged as expected. @param {import("./server.js").Solved} example */
function solved(example) {
  const part = document.createElement("article");
  part.className = "solved";
  const title = document.createElement("h2");
  title.textContent = `“${example.intent}”`;
  const pictures = document.createElement("div");
  pictures.className = "pictures";
  for (const [name, url] of [["Original", example.original], ["A", example.pictures[0]], ["B", example.pictures[1]]]) {
    const figure = document.createElement("figure");
    figure.className = name === "Original" ? "before" : "answer";
    const image = document.createElement("img");
    image.src = url;
    image.alt = name;
    const caption = document.createElement("figcaption");
    caption.textContent = name;
    figure.append(image, caption);
    pictures.append(figure);
  }
  const words = document.createElement("p");
  const [a, b] = example.relevant.map((yes) => (yes ? "relevant" : "not relevant"));
  words.textContent = `Expected: A is ${a}, B is ${b}; they express ${example.same ? "the same intention" : "different intentions"}.`;
  part.append(title, pictures, words);
  return part;
}

function showDone() {
  if (!state) return;
  showOnly("done");
  by("done-text").textContent = `All ${state.of} items are judged and kept. You may close this page.`;
  by("undo-done").disabled = !state.can_undo;
  by("done-title").focus();
}

function leave() {
  localStorage.removeItem(REMEMBERED);
  state = null;
  by("who").hidden = by("progress").hidden = by("problem").hidden = true;
  welcome();
}

function welcome() {
  showOnly("welcome");
  by("name").focus(); // autofocus would have to find it while it is hidden
}

const chosen = () => ["left", "right", "same"].map((name) => form.elements[name].value);
const complete = () => chosen().every(Boolean);

function save() {
  const now = state;
  if (!now || !now.item || !complete()) return;
  const { id } = now.item;
  const [left, right, same] = chosen().map((value) => value === "yes");
  go(() => judge(now.annotator, id, [left, right], same), "Saved.");
}

function takeBack() {
  const now = state;
  if (now && now.can_undo) go(() => undo(now.annotator), "The last judgement was taken back.");
}

/** The original in the place of the answers, or not. @param {boolean} on @param {string[]} which */
function original(on, which = ["left", "right"]) {
  if (!state || !state.item) return;
  const { item } = state;
  for (const name of which) by(name).src = on ? item.original : item.pictures[name === "left" ? 0 : 1];
}

by("enter").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  go(() => stateOf(by("name").value), "");
});
form.addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  save();
});
form.addEventListener("change", () => (by("save").disabled = !complete()));
by("undo").addEventListener("click", takeBack);
by("undo-done").addEventListener("click", takeBack);
by("go-on").addEventListener("click", () => (state && state.phase === "done" ? showDone() : showItem()));
by("leave").addEventListener("click", leave);
for (const side of ["left", "right"]) {
  by(side).addEventListener("pointerdown", () => original(true, [side]));
  for (const end of ["pointerup", "pointerleave", "pointercancel"]) by(side).addEventListener(end, () => original(false, [side]));
  by(side).addEventListener("contextmenu", (/** @type {Event} */ event) => event.preventDefault());
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === by("name")) return;
  const key = event.key.toLowerCase();
  if (key === "u" && !event.repeat && (!by("judging").hidden || !by("done").hidden)) takeBack();
  else if (!by("result").hidden && key === "enter" && event.target !== by("go-on")) by("go-on").click();
  else if (!by("judging").hidden) judgingKey(event, key);
});
document.addEventListener("keyup", (event) => event.key.toLowerCase() === "o" && original(false));
window.addEventListener("blur", () => original(false));

/** @param {KeyboardEvent} event @param {string} key */
function judgingKey(event, key) {
  if (key === "o" && !event.repeat) original(true);
  if (key === "enter" && !event.repeat && !(event.target instanceof HTMLButtonElement)) {
    event.preventDefault(); // or a chosen button would send the form a second time
    save();
  }
  const meant = KEYS[/** @type {keyof KEYS} */ (/** @type {unknown} */ (key))];
  if (!meant) return;
  event.preventDefault();
  const [name, value] = meant;
  form.elements[name].value = value;
  by("save").disabled = !complete();
}

const remembered = localStorage.getItem(REMEMBERED);
if (remembered) go(() => stateOf(remembered), "").then(() => state || leave());
else welcome();
