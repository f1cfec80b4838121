/**
 * Answers that are kept: some screens' worth. A week of every row of the timeline, the largest, takes 1 MB.
 */
const most = 24;

/**
 * The newest answers to what was asked last, so that a screen that one comes back to shows at once what it
 * knew. What was not asked for the longest goes first.
 */
export class Kept {
  readonly #answers = new Map<string, unknown>();

  set(key: string, answer: unknown): void {
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > most && oldest !== undefined) this.#answers.delete(oldest);
  }

  /** Undefined where there is none. */
  get(key: string): unknown {
    return this.#answers.get(key);
  }
}
