import { setImmediate } from 'node:timers/promises';
import type { Plain, TrainContext } from './strategy.ts';

/**
 * Lets timers and messages through, an abort among them, between two parts of a synchronous computation.
 * @throws the signal's reason when it is aborted by then; without a signal it only lets others run.
 */
export async function yieldToEventLoop(signal?: AbortSignal): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

/** Longest that a computation runs on between two pauses, where its steps are shorter. */
const maxMsBetweenPauses = 100;

/**
 * What is awaited between two steps of a synchronous computation: every eighth time, or as soon as 100 ms
 * have gone by, timers and messages come through, and `context.checkpoint` may keep a state or end the run.
 * @throws the signal's reason when it is aborted.
 */
export function pauser(
  context: Pick<TrainContext, 'checkpoint' | 'signal'>,
): (state: () => Plain) => Promise<void> {
  let steps = 0;
  let last = performance.now();
  return async (state) => {
    if (++steps % 8 !== 0 && performance.now() - last < maxMsBetweenPauses) return;
    await yieldToEventLoop();
    // Before an abort ends the run, so that what is finished is kept.
    await context.checkpoint(state);
    context.signal.throwIfAborted();
    last = performance.now();
  };
}
