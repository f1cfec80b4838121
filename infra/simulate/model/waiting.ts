import { urgencyOf, type Urgency } from '../../../packages/core/src/queue/payload.ts';

/**
 * The list ml_training_queue as it is taken from: the more urgent entries first, each kind as it came. So it is
 * left by the scripts that keep it in order; decisions.test.ts holds this one to them.
 */
export class WaitingList {
  readonly #kinds: Readonly<Record<Urgency, Fifo>> = { 1: new Fifo(), 2: new Fifo(), 3: new Fifo() };
  length = 0;

  push(entry: string): void {
    this.#kinds[urgencyOf(entry)].items.push(entry);
    this.length++;
  }

  /** To the end that is taken next, as a trainer that found no room does: it is ahead of its kind again. */
  putBack(entry: string): void {
    this.#kinds[urgencyOf(entry)].back.push(entry);
    this.length++;
  }

  take(): string | undefined {
    for (const kind of [this.#kinds[1], this.#kinds[2], this.#kinds[3]]) {
      const entry = kind.take();
      if (entry === undefined) continue;
      this.length--;
      return entry;
    }
    return undefined;
  }
}

class Fifo {
  /** What was put back, the next one last. */
  readonly back: string[] = [];
  readonly items: string[] = [];
  #taken = 0;

  take(): string | undefined {
    return this.back.pop() ?? (this.#taken < this.items.length ? this.items[this.#taken++] : undefined);
  }
}
