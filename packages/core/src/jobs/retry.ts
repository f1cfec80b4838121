import { backOff } from '../back-off.ts';

/**
 * Seconds before the first retry, and at most before any, of a job that failed, and of one that was put off
 * for what is no fault of its own. Nothing else delays a job: SQL writes what is computed here.
 */
const delays = { failed: { first: 5, max: 600 }, postponed: { first: 10, max: 600 } };
/**
 * Some 12 hours. Later than that it may well be the job itself: a query that is always too slow. Every job
 * ends.
 */
const maxPostponed = 100;

export interface Tried {
  /** The attempt that ended, from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** How often it was put off since an attempt last counted. */
  readonly postponed: number;
}

export interface Next {
  readonly status: 'queued' | 'failed';
  /** Attempts that count, and how often it was put off, from now on. */
  readonly attempt: number;
  readonly postponed: number;
  readonly delaySeconds: number;
}

/**
 * What becomes of a job whose attempt failed. One that the infrastructure is to blame for counts no attempt,
 * a hundred times in a row; the job waits longer each time.
 * @param random in [0, 1)
 */
export function afterFailure(
  { attempt, maxAttempts, postponed }: Tried,
  failure: { readonly retryable: boolean; readonly infrastructure?: boolean },
  random: number,
): Next {
  if (failure.infrastructure === true && postponed < maxPostponed) {
    const delaySeconds = backOff(postponed + 1, delays.postponed, random);
    return { status: 'queued', attempt: attempt - 1, postponed: postponed + 1, delaySeconds };
  }
  if (!failure.retryable || attempt >= maxAttempts)
    return { status: 'failed', attempt, postponed, delaySeconds: 0 };
  return { status: 'queued', attempt, postponed: 0, delaySeconds: backOff(attempt, delays.failed, random) };
}
