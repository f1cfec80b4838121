/** What happens at a moment, the earliest first; what happens at one moment, in the order it was added. */
export class EventQueue {
  readonly #heap: { at: number; nr: number; run: () => void }[] = [];
  #count = 0;
  #now = 0;

  /** Seconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  after(seconds: number, run: () => void): void {
    const heap = this.#heap;
    heap.push({ at: this.#now + Math.max(0, seconds), nr: this.#count++, run });
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!this.#before(i, parent)) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  /** Runs the next event. @returns false when there is none */
  step(): boolean {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined) return false;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      for (let i = 0; ;) {
        let least = i;
        for (const child of [2 * i + 1, 2 * i + 2])
          if (child < heap.length && this.#before(child, least)) least = child;
        if (least === i) break;
        this.#swap(i, least);
        i = least;
      }
    }
    this.#now = first.at;
    first.run();
    return true;
  }

  #before(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a]!, this.#heap[b]!];
    return one.at < other.at || (one.at === other.at && one.nr < other.nr);
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b]!, this.#heap[a]!];
  }
}
