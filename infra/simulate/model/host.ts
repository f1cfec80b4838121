import type { EventQueue } from './heap.ts';

interface Work {
  /** The host's virtual time at which it is done. */
  readonly doneAt: number;
  /** Cores that it would use if it had them. */
  readonly cores: number;
  readonly done: () => void;
}

/**
 * A machine whose cores its processes share: where they want more cores than there are, all become slower alike
 * (processor sharing). Kept as virtual time, the seconds of work that each process has had since the beginning,
 * so that a change of speed is one number, however many processes there are.
 */
export class Host {
  readonly #events: EventQueue;
  readonly #cores: number;
  readonly #coreSpeed: readonly number[];
  readonly #works: Work[] = [];
  #virtual = 0;
  #at = 0;
  #wanted = 0;
  #nr = 0;
  #busy = 0;

  /** @param coreSpeed as measured: of each of k busy cores, of one that is busy alone */
  constructor(events: EventQueue, cores: number, coreSpeed: readonly number[]) {
    this.#events = events;
    this.#cores = cores;
    this.#coreSpeed = coreSpeed;
  }

  /** Core-seconds in which a core was busy. */
  get busySeconds(): number {
    return this.#busy;
  }

  /** Works for `seconds`, if the process has so many cores to itself, then calls `done`. */
  work(seconds: number, cores: number, done: () => void): void {
    this.#advance();
    const one = { doneAt: this.#virtual + seconds, cores, done };
    // A host has few processes.
    const place = this.#works.findIndex(({ doneAt }) => doneAt > one.doneAt);
    this.#works.splice(place === -1 ? this.#works.length : place, 0, one);
    this.#wanted += cores;
    this.#plan();
  }

  /** Seconds of work that each process is given a second. */
  #speed(): number {
    if (this.#wanted <= 1) return 1;
    const used = Math.min(this.#wanted, this.#cores);
    return (speedOf(this.#coreSpeed, used) * used) / this.#wanted;
  }

  #advance(): void {
    const passed = this.#events.now - this.#at;
    this.#virtual += passed * this.#speed();
    this.#busy += passed * Math.min(this.#wanted, this.#cores);
    this.#at = this.#events.now;
  }

  #plan(): void {
    const nr = ++this.#nr;
    const next = this.#works[0];
    if (next === undefined) return;
    this.#events.after((next.doneAt - this.#virtual) / this.#speed(), () => {
      // Somebody came or went meanwhile: another plan holds.
      if (nr !== this.#nr) return;
      this.#advance();
      this.#works.shift();
      this.#wanted = this.#works.reduce((sum, one) => sum + one.cores, 0);
      this.#plan();
      next.done();
    });
  }
}

/** Between two whole numbers of busy cores a straight line; beyond those that were measured, as the last. */
function speedOf(coreSpeed: readonly number[], busy: number): number {
  const at = (k: number): number => coreSpeed[Math.min(k, coreSpeed.length) - 1] ?? 1;
  const low = Math.max(1, Math.floor(busy));
  return at(low) + (at(low + 1) - at(low)) * Math.max(0, busy - low);
}
