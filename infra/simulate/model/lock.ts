import type { EventQueue } from './heap.ts';

/** What one transaction has at a time, and the others wait for in the order they came. */
export class Lock {
  readonly #events: EventQueue;
  #freeAt = 0;
  #count = 0;
  #held = 0;
  #waited = 0;
  #longest = 0;

  constructor(events: EventQueue) {
    this.#events = events;
  }

  /** Calls `done` once the lock was had for so many seconds. */
  hold(seconds: number, done: () => void): void {
    const wait = Math.max(0, this.#freeAt - this.#events.now);
    this.#freeAt = this.#events.now + wait + seconds;
    this.#count++;
    this.#held += seconds;
    this.#waited += wait;
    this.#longest = Math.max(this.#longest, wait);
    this.#events.after(wait + seconds, done);
  }

  get figures(): { count: number; heldSeconds: number; meanWaitSeconds: number; longestWaitSeconds: number } {
    return {
      count: this.#count,
      heldSeconds: this.#held,
      meanWaitSeconds: this.#count === 0 ? 0 : this.#waited / this.#count,
      longestWaitSeconds: this.#longest,
    };
  }
}
