import { setTimeout as sleep } from 'node:timers/promises';
import { withDeadline } from '@ml-training/core';

/** How a lease ended before its holder let it go. */
export type LeaseLoss = 'taken over' | 'could not be renewed in time';

/**
 * Renews a lease every fifth of its time, or every second if that is sooner, until `released` is aborted. Time is measured from before each renewal was
 * sent, on this process's monotonic clock: it never believes in more lease than the database gave.
 * @param claimedAt performance.now() from before the claim was sent
 * @param renew false when somebody else has the lease by now
 * @returns null when released; else, before the lease ends, why it is lost
 */
export async function keepLease(
  seconds: number,
  claimedAt: number,
  renew: () => Promise<boolean>,
  released: AbortSignal,
  onFailure: (error: unknown) => void,
): Promise<LeaseLoss | null> {
  const fifth = (seconds * 1000) / 5;
  // A renewal also carries the progress that people watch.
  const everyMs = Math.min(fifth, 1000);
  let end = claimedAt + seconds * 1000;
  for (;;) {
    await sleep(everyMs, undefined, { signal: released }).catch(() => undefined);
    if (released.aborted) return null;
    const sent = performance.now();
    try {
      if (!(await withDeadline(renew(), fifth, 'renewing the lease'))) return 'taken over';
      end = sent + seconds * 1000;
    } catch (error) {
      onFailure(error);
    }
    // The child must be dead before anybody else may start the job.
    if (performance.now() > end - 1.5 * fifth) return 'could not be renewed in time';
  }
}
