import { withDeadline } from '@ml-training/core';

/** How long one answer of PostgreSQL or Redis is waited for. */
export const answerMs = 5000;

/** Settles like `work`, or rejects when no answer has come by then, or at once when `giveUp` is aborted. */
export const answered = <T>(work: PromiseLike<T>, what: string, giveUp?: AbortSignal): Promise<T> =>
  withDeadline(work, answerMs, what, giveUp);
