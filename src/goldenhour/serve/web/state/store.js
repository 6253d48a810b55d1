// @ts-check
/** The one place that keeps the state; whoever shows it subscribes. */

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./reducer.js").Action} Action */
/** @typedef {ReturnType<typeof createStore>} Store */

/**
 * @param {(state: State, action: Action) => State} reduce
 * @param {State} initial
 */
export function createStore(reduce, initial) {
  let state = initial;
  /** @type {((state: State, before: State) => void)[]} */
  const listeners = [];
  return {
    get: () => state,
    /** @param {Action} action */
    dispatch(action) {
      const before = state;
      state = reduce(state, action);
      if (state !== before) for (const listener of listeners) listener(state, before);
    },
    /** @param {(state: State, before: State) => void} listener */
    subscribe(listener) {
      listeners.push(listener);
    },
  };
}
