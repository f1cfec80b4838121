import type { Database } from '../database/connect.ts';
import type { Claim } from './types.ts';

/**
 * Prolongs the lease, by the database's clock, and notes how far the training is.
 * @returns false when the lease is somebody else's by now, or the job was cancelled
 */
export async function renewLease(
  sql: Database,
  claim: Claim,
  leaseSeconds: number,
  progress: { fraction: number; stage: string | null },
): Promise<boolean> {
  const rows = await sql`
    UPDATE ml_training_jobs SET
      lease_expires_at = now() + make_interval(secs => ${leaseSeconds}),
      progress = ${progress.fraction}, stage = ${progress.stage}
    WHERE job_id = ${claim.jobId} AND lease_token = ${claim.token} AND status = 'running'
    RETURNING job_id`;
  return rows.length === 1;
}
