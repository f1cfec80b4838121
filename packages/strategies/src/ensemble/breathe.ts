/**
 * Lets timers and messages through, an abort among them, between two steps of a synchronous computation.
 * @throws the signal's reason when it is aborted.
 */
export async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}
