import type { Database } from '../database/connect.ts';

export type AttemptOutcome =
  | 'completed'
  /** Was the last, or can't succeed. */
  | 'failed'
  /** Failed, and the job is tried again. */
  | 'retried'
  /** Failed for what is no fault of the job's; counted no attempt. */
  | 'postponed'
  /** Its trainer stopped, and counted no attempt. */
  | 'handed_back'
  /** Its trainer let the lease end. */
  | 'trainer_died'
  | 'cancelled';

/** One start of a job. */
export interface Attempt {
  /** From 1 in the order of starts. */
  readonly seq: number;
  /** As counted against max_attempts: the same again after one that was postponed or handed back. */
  readonly attempt: number;
  readonly trainer_id: string | null;
  /** Since when the job waited. */
  readonly queued_at: Date;
  /** Until when it had to wait after a failure; null when it was due at once. */
  readonly due_at: Date | null;
  readonly started_at: Date;
  /** Null while it runs, as is the outcome. */
  readonly ended_at: Date | null;
  readonly outcome: AttemptOutcome | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

/**
 * Every start of a job, oldest first; the newest 200 of one with more. None of a job that has not started, or
 * that ended before the fleet kept them.
 */
export async function attemptsOf(sql: Database, jobId: string): Promise<Attempt[]> {
  return sql<Attempt[]>`
    SELECT seq, attempt, trainer_id, queued_at, due_at, started_at, ended_at, outcome, error_code,
      error_message
    FROM ml_training_attempts WHERE job_id = ${jobId} ORDER BY seq`;
}
