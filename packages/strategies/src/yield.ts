import { setImmediate } from 'node:timers/promises';

/**
 * Lets timers and messages through, an abort among them, between two parts of a synchronous computation.
 * @throws the signal's reason when it is aborted by then; without a signal it only lets others run.
 */
export async function yieldToEventLoop(signal?: AbortSignal): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
