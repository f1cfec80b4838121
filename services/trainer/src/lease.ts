import { setTimeout as sleep } from 'node:timers/promises';
import { withDeadline } from '@ml-training/core';

/** How a lease ended before its holder let it go. */
export type LeaseLoss = 'taken over' | 'could not be renewed in time';

/**
 * Renews a lease every fifth of its time, or every second if that is sooner, until `released` is aborted.
 * Time is measured from before each renewal was sent, on this process's monotonic clock: it never believes in
 * more lease than the database gave.
 * @param claimedAt performance.now() from before the claim was sent
 * @param renew false when somebody else has the lease by now
 * @returns null when released; else why it is lost, a tenth of the lease before it ends: whoever holds it
 *   must have stopped before anybody else may start the job
 */
export async function keepLease(
  seconds: number,
  claimedAt: number,
  renew: () => Promise<boolean>,
  released: AbortSignal,
  onFailure: (error: unknown) => void,
): Promise<LeaseLoss | null> {
  const fifthMs = (seconds * 1000) / 5;
  // A renewal also carries the progress that people watch.
  const everyMs = Math.min(fifthMs, 1000);
  let lostAt = claimedAt + 4.5 * fifthMs;
  const isReleased = (): boolean => released.aborted;
  for (;;) {
    await sleep(Math.max(0, Math.min(everyMs, lostAt - performance.now())), undefined, {
      signal: released,
    }).catch(() => undefined);
    if (isReleased()) return null;
    const sent = performance.now();
    if (sent >= lostAt) return 'could not be renewed in time';
    try {
      const answerMs = Math.min(fifthMs, lostAt - sent);
      if (!(await withDeadline(renew(), answerMs, 'renewing the lease', released))) return 'taken over';
      lostAt = sent + 4.5 * fifthMs;
    } catch (error) {
      if (isReleased()) return null;
      onFailure(error);
    }
  }
}
