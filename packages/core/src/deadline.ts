import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Settles like `work`, or rejects after `ms` with an error that names `what`, or at once when `giveUp` is
 * aborted. A half-open connection never answers, so whatever waits for a server waits with a deadline.
 */
export async function withDeadline<T>(
  work: PromiseLike<T>,
  ms: number,
  what: string,
  giveUp?: AbortSignal,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`${what}: no answer within ${Math.round(ms)} ms`));
  }, ms);
  const onGiveUp = (): void => {
    reject(new Error(`${what}: given up`));
  };
  if (giveUp?.aborted === true) onGiveUp();
  giveUp?.addEventListener('abort', onGiveUp);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    giveUp?.removeEventListener('abort', onGiveUp);
  }
}

/** Waits for so long, or until `giveUp` is aborted; who must know which asks the signal. */
export async function pause(ms: number, giveUp?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: giveUp }).catch(() => undefined);
}
