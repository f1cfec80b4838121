import { setTimeout as sleep } from 'node:timers/promises';
import { isDataError, onceAMinute, withDeadline, type Log } from '@ml-training/core';

/** How long one answer of the database is waited for. */
export const answerMs = 5000;
const pauseMs = 500;

/** When to give up: between two tries, and in the middle of one. */
export interface Patience {
  readonly tries: AbortSignal;
  readonly answer: AbortSignal;
}

/**
 * Repeats a step of the protocol that may be repeated, until it is answered.
 * @returns null when patience ended before that: whether the step was made is unknown
 * @throws what the database says of the data itself, as it will say so every time
 */
export async function insist<T>(
  step: () => Promise<T>,
  what: string,
  patience: Patience,
  log: Log,
): Promise<T | null> {
  const complain = onceAMinute(log, `${what}: not done yet`);
  for (;;) {
    try {
      return await withDeadline(step(), answerMs, what, patience.answer);
    } catch (error) {
      if (isDataError(error)) throw error;
      complain(error);
      await sleep(pauseMs, undefined, { signal: patience.tries }).catch(() => undefined);
      if (patience.tries.aborted) return null;
    }
  }
}
