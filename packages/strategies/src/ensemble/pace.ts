import type { Plain, TrainContext } from '../strategy.ts';

/** Longest that a computation goes on between two breaths, where its steps are shorter. */
const mostMs = 100;

/**
 * Gives a supervisor its turn between two steps of a synchronous computation: every eighth step, or as soon
 * as 100 ms have gone by, timers and messages come through, and `context.checkpoint` may keep `state` or end
 * the run.
 * @throws the signal's reason when it is aborted.
 */
export function pacer(context: TrainContext, state: () => Plain): () => Promise<void> {
  let steps = 0;
  let last = performance.now();
  return async () => {
    if (++steps % 8 !== 0 && performance.now() - last < mostMs) return;
    await turn();
    // First, so that what is finished is kept when the run must stop.
    await context.checkpoint(state);
    context.signal.throwIfAborted();
    last = performance.now();
  };
}

/**
 * Lets timers and messages through, an abort among them, between two parts of a synchronous computation.
 * @throws the signal's reason when it is aborted.
 */
export async function breathe(signal: AbortSignal): Promise<void> {
  await turn();
  signal.throwIfAborted();
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
