/** What the engine cannot do, as one sentence for a person. */
export class EngineError extends Error {
  /**
   * @param {"unsupported" | "lost" | "source" | "table"} reason
   * @param {string} sentence
   */
  constructor(reason, sentence) {
    super(sentence);
    this.name = "EngineError";
    this.reason = reason;
  }
}
