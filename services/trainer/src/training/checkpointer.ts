import { setImmediate as macrotask } from 'node:timers/promises';
import type { Plain } from '@ml-training/strategies';

/** A training that was asked to stop has kept what it had and ended. */
export class Stopped extends Error {
  constructor() {
    super('the training was asked to stop');
    this.name = 'Stopped';
  }
}

/**
 * A state is kept this often at most: what a kill costs is about this, and the time since the last safe
 * point.
 */
const minMs = 1000;
/**
 * And no state is kept so often that writing takes more than a twentieth of the time, but every minute all
 * the same.
 */
const shareOfTime = 1 / 20;
const maxMs = 60_000;

/**
 * Decides at each safe point of a training whether its state is kept now: at the first one, then about once a
 * second, and always when it is asked to stop, which then ends it.
 * @param write may fail: a training goes on without a checkpoint, `onFailure` is told
 */
export function createCheckpointer(
  write: (state: Plain) => Promise<void>,
  stopping: AbortSignal,
  onFailure: (error: unknown) => void,
): { readonly signal: AbortSignal; readonly checkpoint: (state: () => Plain) => Promise<void> } {
  // Aborted once the last state is kept: aborted sooner, the training would end at a point it can't be
  // resumed from.
  const stopped = new AbortController();
  let dueAt = -Infinity;
  return {
    signal: stopped.signal,
    checkpoint: async (state) => {
      // Lets the request to stop in, whose message a training that computes without a pause would not hear.
      await macrotask();
      const began = performance.now();
      if (!stopping.aborted && began < dueAt) return;
      await write(state()).catch(onFailure);
      const took = performance.now() - began;
      dueAt = began + Math.min(maxMs, Math.max(minMs, took / shareOfTime));
      if (!stopping.aborted) return;
      stopped.abort(new Stopped());
      stopped.signal.throwIfAborted();
    },
  };
}
