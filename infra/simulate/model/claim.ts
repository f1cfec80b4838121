/** What a claim looks at of a job's row; times in seconds. */
export interface ClaimedRow {
  readonly status: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';
  /** Null where it waits for no retry. */
  readonly retryAt: number | null;
}

/**
 * What ml_training_claim answers a trainer that asks for a job for the first time. The function itself is SQL, as
 * it is one transaction under one lock; decisions.test.ts holds this one to it.
 */
export function claimOutcome(
  row: ClaimedRow | undefined,
  facts: { readonly now: number; readonly running: number; readonly maxRunning: number },
): 'claimed' | 'no_room' | 'not_due' | 'over' | 'missing' {
  if (row === undefined) return 'missing';
  if (row.status !== 'queued') return 'over';
  if (row.retryAt !== null && row.retryAt > facts.now) return 'not_due';
  return facts.running >= facts.maxRunning ? 'no_room' : 'claimed';
}
