// @ts-check
/** The editor: what there is, and who tells whom. */

import { getToolset } from "./api.js";
import { cards } from "./cards/cards.js";
import { exports } from "./export/dialog.js";
import { Desk } from "./files/desk.js";
import { film } from "./files/film.js";
import { incoming, samples } from "./files/incoming.js";
import { logEdit, sendUnsent } from "./log.js";
import { recipes } from "./page/clipboard.js";
import { button, byId, show } from "./page/dom.js";
import { keys } from "./page/keys.js";
import { clearNews, tell, tellError } from "./page/toast.js";
import { tried } from "./page/tried.js";
import { prompt } from "./prompt/prompt.js";
import { compare } from "./stage/compare.js";
import { fitFrame } from "./stage/frame.js";
import { histogram } from "./stage/histogram.js";
import { player } from "./stage/player.js";
import { View } from "./stage/view.js";
import { NOTHING_OPEN, openPicture, reducerOf } from "./state/reducer.js";
import { effectiveRecipe } from "./state/settings.js";
import { createStore } from "./state/store.js";

/** @typedef {import("./state/types.js").Toolset} Toolset */
/** @typedef {import("./state/store.js").Store} Store */

const EDIT_AFTER = 1500; // ms without a change until an edit by hand is logged

/** @param {Toolset} toolset */
function editor(toolset) {
  const store = createStore(reducerOf(toolset), NOTHING_OPEN);
  const canvas = byId("canvas", HTMLCanvasElement);
  const view = new View(canvas, toolset);
  const playing = player(view);

  // whoever shows the state; the picture first
  store.subscribe((state, before) => {
    const [picture, was] = [openPicture(state), openPicture(before)];
    if (!picture || picture.id !== was?.id || picture.present === was.present) return;
    const atHand = view.show(effectiveRecipe(toolset, picture.present));
    if (atHand && picture.present.origin === "words") view.draw(); // now, and not after the panel
  });
  // before whoever answers says something of the answer
  store.subscribe((state, before) => {
    const [picture, was] = [openPicture(state), openPicture(before)];
    if (picture && picture.id === was?.id && picture.tried !== was.tried && picture.present.origin === "words") clearNews();
  });
  const desk = new Desk(store, view, playing);
  film(store, desk);
  cards(toolset, store, view);
  const words = prompt(store, view);
  tried(store, view, desk);
  shell(store);
  loggedEdits(store, toolset);
  sendUnsent();
  staying(store);
  fitFrame(canvas, view);
  const drawHistogram = histogram(view);
  document.addEventListener("theme", drawHistogram);
  const split = compare(view);
  const { copy, paste, pasteText } = recipes(store, toolset);
  const ways = { open: (/** @type {File[]} */ files) => desk.open(files), pasteText };
  const { pick } = incoming(ways);
  samples(ways);
  const dialog = exports(store, toolset, desk);

  const undo = () => store.dispatch({ type: "undone" });
  const redo = () => store.dispatch({ type: "redone" });
  const menu = byId("menu", HTMLElement);
  const actions = {
    undo,
    redo,
    copy,
    paste,
    "apply-all": () => applyToAll(store),
    "reset-all": () => store.dispatch({ type: "reset", tool: null }),
    "close-file": () => {
      const { openId } = store.get();
      if (openId) desk.close(openId);
    },
  };
  for (const [id, run] of Object.entries(actions)) {
    button(id).addEventListener("click", () => {
      if (menu.contains(button(id))) menu.hidePopover();
      run();
    });
  }
  button("keys-open").addEventListener("click", () => menu.hidePopover());
  keys({ undo, redo, words: words.focus, open: pick, split: split.toggleSplit, play: playing.toggle, exports: dialog.open });
  document.body.dataset.ready = "true";
}

/** The open picture's look for every other one; where nothing follows it, one click takes it back from all. @param {Store} store */
function applyToAll(store) {
  const before = store.get().pictures.map(({ present }) => present);
  store.dispatch({ type: "applied to all" });
  const edits = store.get().pictures.map(({ present }) => present).filter((edit) => !before.includes(edit));
  const undo = { words: "Undo for all", run: () => store.dispatch({ type: "taken back", edits }) };
  if (edits.length) tell(`Applied to all ${before.length} files.`, "news", undo);
  else tell(`All ${before.length} files have this look.`);
}

/** What is there to see, and which buttons do something. @param {Store} store */
function shell(store) {
  const work = ["stage", "dock", "panel"].map((id) => byId(id, HTMLElement));
  const name = byId("file-name", HTMLElement);
  const update = () => {
    const { pictures } = store.get();
    const picture = openPicture(store.get());
    document.body.dataset.page = picture ? "work" : "empty";
    show(!picture, byId("welcome", HTMLElement));
    show(Boolean(picture), name, ...work);
    if (!picture) show(false, byId("tried", HTMLElement));
    document.body.toggleAttribute("data-clip", picture?.kind === "clip");
    name.textContent = picture?.name ?? "";
    document.title = picture ? `${picture.name} – Golden Hour` : "Golden Hour";
    button("undo").disabled = !picture?.past.length;
    button("redo").disabled = !picture?.future.length;
    for (const id of ["split-toggle", "hold", "export-open", "copy", "paste", "reset-all", "close-file"]) button(id).disabled = !picture;
    button("apply-all").disabled = pictures.length < 2;
    const { intent = "", changes = [] } = picture?.present ?? {};
    byId("canvas", HTMLElement).setAttribute("aria-label", picture ? `${picture.name}, ${changes.length ? `graded${intent && `: ${intent}`}` : "as it was"}` : "No picture");
  };
  store.subscribe(update);
  update();
}

/** Histories live as long as the page: it asks before it goes. @param {Store} store */
function staying(store) {
  window.addEventListener("beforeunload", (event) => {
    if (store.get().pictures.some(({ past }) => past.length)) event.preventDefault();
  });
}

/** Edits by hand of an answer, each told once it rests, and not again where redo leads back to it. @param {Store} store @param {Toolset} toolset */
function loggedEdits(store, toolset) {
  /** @type {Map<string, number>} by picture */
  const timers = new Map();
  /** @type {Map<string, string>} by picture: the edit that was told last */
  const told = new Map();
  store.subscribe((state, before) => {
    const picture = openPicture(state);
    if (!picture || picture.present === before.pictures.find(({ id }) => id === picture.id)?.present) return;
    clearTimeout(timers.get(picture.id));
    const { answerId, origin } = picture.present;
    if (origin !== "hand" || !answerId) return;
    const recipe = effectiveRecipe(toolset, picture.present);
    const log = () => {
      const edit = JSON.stringify([answerId, recipe]);
      if (told.get(picture.id) === edit) return;
      told.set(picture.id, edit);
      logEdit(picture.id, answerId, recipe);
    };
    timers.set(picture.id, window.setTimeout(log, EDIT_AFTER));
  });
}

/** The server's machine is the person's own only where it is asked by a loopback address. */
function whereItStays() {
  const own = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  if (own) byId("stays", HTMLElement).textContent = "it never leaves this machine";
}

whereItStays();
getToolset().then(editor).catch(tellError);
