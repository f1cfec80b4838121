import type { Database } from '../database/connect.ts';
import { removeCheckpoint, type ModelSettings } from '../models/index.ts';
import { forgetWaiting } from '../queue/queue.ts';
import type { Redis } from '../redis/connect.ts';
import type { Claim, Job, JobStatus } from './types.ts';

export interface Cancellation {
  /**
   * already: it was cancelled before; ended: completed or failed, nothing is changed; missing: no such job.
   */
  readonly outcome: 'cancelled' | 'already' | 'ended' | 'missing';
  /** Its status before. */
  readonly was: JobStatus | null;
}

/**
 * Ends a job that is wanted no more, waiting or running; may be repeated. It is over with its row; what is
 * left of it elsewhere goes as soon as may be: its entry, or its trainer drops it; its checkpoint, or the
 * scheduler deletes it; a running one's process, which its trainer stops at the next renewal of the lease,
 * within a second or so, whether Redis answers or not.
 * @param redis null where it can't be reached
 */
export async function cancelJob(
  {
    config,
    sql,
    redis,
  }: { readonly config: ModelSettings; readonly sql: Database; readonly redis: Redis | null },
  jobId: string,
): Promise<Cancellation> {
  const [row] = await sql<[Cancellation]>`SELECT outcome, was FROM ml_training_cancel(${jobId})`;
  const { outcome, was } = row;
  if (outcome === 'cancelled' && was === 'queued') {
    const [job] = await sql<[Pick<Job, 'job_id' | 'strategy_type' | 'symbol'>]>`
      SELECT job_id, strategy_type, symbol FROM ml_training_jobs WHERE job_id = ${jobId}`;
    await Promise.allSettled([
      redis === null ? null : forgetWaiting(redis, job),
      removeCheckpoint(config, job),
    ]);
  }
  return { outcome, was };
}

/**
 * Says that the training of a claim has stopped, so that the place of a cancelled job is free.
 * @returns whether the job was cancelled
 */
export async function leaveCancelled(sql: Database, claim: Claim): Promise<boolean> {
  const rows = await sql`
    UPDATE ml_training_jobs SET stopping_until = NULL
    WHERE job_id = ${claim.jobId} AND lease_token = ${claim.token} AND status = 'cancelled'
    RETURNING job_id`;
  return rows.length === 1;
}
