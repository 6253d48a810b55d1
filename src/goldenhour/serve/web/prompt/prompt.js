// @ts-check
/** Words to a graded picture: one Enter, one logged answer. */

import { ask } from "../api.js";
import { user } from "../log.js";
import { button, byId } from "../page/dom.js";
import { clearErrors, tell, tellError } from "../page/toast.js";
import { currentRecipe, openPicture, reducerOf } from "../state/reducer.js";
import { effectiveRecipe } from "../state/settings.js";
import { QUICK } from "../stage/tables.js";
import { meansStepBack } from "./step_back.js";
import { suggestions } from "./suggestions.js";

/** @typedef {import("../state/types.js").Answer} Answer */
/** @typedef {import("../state/types.js").Picture} Picture */

/** the measure of a whole answer: from the key to the first frame that is drawn with its table */
export const ENTER_TO_GRADED = "enter-to-graded";
const CHANGES_SHOWN = 4;

/**
 * @param {import("../state/store.js").Store} store
 * @param {import("../stage/view.js").View} view
 */
export function prompt(store, view) {
  const [form, field] = [byId("words", HTMLFormElement), byId("intent", HTMLInputElement)];
  const [another, grade] = [button("another"), button("grade")];
  const reduce = reducerOf(view.toolset);
  /** @type {Map<string, AbortController>} by picture: the newer words are meant, but for another picture both are */
  const asking = new Map();
  /** when the key went down that submits the form */
  let entered = 0;

  const showBusy = () => {
    if (asking.has(store.get().openId ?? "")) form.setAttribute("aria-busy", "true");
    else form.removeAttribute("aria-busy");
  };
  const stepBack = (/** @type {Picture} */ picture) => {
    const waited = asking.get(picture.id); // what was said last has not changed anything yet
    waited?.abort();
    if (!waited && !picture.past.length) tell("There is nothing to undo.");
    if (!waited) store.dispatch({ type: "undone" });
    clearErrors();
    field.dataset.said = field.value;
    field.select();
  };
  const submit = async (/** @type {string} */ words, /** @type {number | undefined} */ take = undefined, began = performance.now()) => {
    const picture = openPicture(store.get());
    const intent = words.trim();
    if (!picture || !intent) return field.focus();
    if (meansStepBack(intent)) return stepBack(picture);
    asking.get(picture.id)?.abort();
    const mine = new AbortController();
    asking.set(picture.id, mine);
    showBusy();
    try {
      // another take reads the words again, said to what they were first said to
      const current = take === undefined ? currentRecipe(view.toolset, picture.present) : picture.present.saidTo;
      const question = { intent, project_id: picture.id, user: user(), ...(current && { current }), ...(take !== undefined && { take }), table: QUICK };
      const answer = await ask(question, mine.signal);
      /** @type {import("../state/reducer.js").Action} */
      const action = { type: "answered", id: picture.id, intent, current, answer };
      const next = reduce(store.get(), action).pictures.find(({ id }) => id === picture.id);
      if (!next) return; // closed meanwhile
      await view.ready(effectiveRecipe(view.toolset, next.present), answer, mine.signal);
      if (asking.get(picture.id) !== mine) return;
      const before = store.get().pictures.find(({ id }) => id === picture.id);
      if (!before) return; // closed meanwhile
      store.dispatch(action);
      if (answer.message) tell(answer.message);
      else if (before.present !== picture.present) tell("Your words have been followed; Undo brings back what you changed meanwhile.");
      if (store.get().openId !== picture.id) return;
      field.dataset.said = words;
      view.engine.finished().then(() => performance.measure(ENTER_TO_GRADED, { start: began, end: performance.now() }));
      clearErrors();
      if (document.activeElement === field && field.value === words) field.select();
    } catch (error) {
      tellError(error);
    } finally {
      if (asking.get(picture.id) === mine) asking.delete(picture.id);
      showBusy();
    }
  };

  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) entered = event.timeStamp;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(field.value, undefined, entered || performance.now());
    entered = 0;
  });
  another.addEventListener("click", () => {
    const present = openPicture(store.get())?.present;
    if (present?.intent) submit(present.intent, (present.take + 1) % present.takes);
  });
  suggestions(store, openPicture, (words) => {
    field.value = words;
    submit(words);
  });
  store.subscribe((state, before) => {
    const [picture, previous] = [openPicture(state), openPicture(before)];
    if (!picture) return;
    const { present } = picture;
    another.disabled = !present.answerId || present.takes < 2;
    field.placeholder = present.intent ? "Now what? Try “a bit warmer”" : "How should it look? Try “golden hour”";
    if (picture.id !== previous?.id) {
      field.value = field.dataset.said = present.intent;
      showBusy();
    }
    if (present !== previous?.present) say(picture);
  });
  grade.disabled = false;
  return { focus: () => field.focus() };
}

/** The what-changed line. @param {Picture} picture */
function say({ present, past }) {
  const line = byId("changed", HTMLElement);
  const { changes, origin } = present;
  const shown = changes.slice(0, CHANGES_SHOWN);
  if (changes.length > CHANGES_SHOWN) shown.push(`and ${changes.length - CHANGES_SHOWN} more`);
  const sentence = shown.join(", ");
  line.textContent = sentence ? sentence.charAt(0).toUpperCase() + sentence.slice(1) : origin === "opened" || !past.length ? "Original" : "Nothing changed";
  line.title = changes.join(", ");
}
