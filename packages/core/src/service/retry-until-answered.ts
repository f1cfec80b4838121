import { pause, withDeadline } from '../deadline.ts';
import { isDataError } from '../jobs/finish.ts';
import type { Log } from '../log.ts';
import { throttledWarning } from './throttled-warning.ts';

const pauseMs = 500;

/** When a step that is tried again and again is given up. */
export interface Deadlines {
  /** No further try once this is aborted. */
  readonly tries: AbortSignal;
  /** Of each try; left out where the step has a deadline of its own. */
  readonly answer?: { readonly ms: number; readonly giveUp: AbortSignal };
}

/**
 * Repeats a step that may be repeated, until the server has answered it.
 * @returns null when `deadlines.tries` was aborted before that: whether the step was made is unknown
 * @throws what the database says of the data itself, as it will say so every time
 */
export async function retryUntilAnswered<T>(
  step: () => Promise<T>,
  what: string,
  { tries, answer }: Deadlines,
  log: Log,
): Promise<T | null> {
  const warn = throttledWarning(log, `${what}: not done yet`);
  for (;;) {
    try {
      return await (answer === undefined ? step() : withDeadline(step(), answer.ms, what, answer.giveUp));
    } catch (error) {
      if (isDataError(error)) throw error;
      warn(error);
      await pause(pauseMs, tries);
      if (tries.aborted) return null;
    }
  }
}
