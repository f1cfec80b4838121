import postgres from 'postgres';
import type { Database } from '../database/connect.ts';
import { FleetError } from '../errors.ts';
import { infrastructureTrouble } from '../infrastructure.ts';
import { errorFacts } from '../log.ts';
import type { Registration } from '../registry/types.ts';
import { afterFailure } from './retry.ts';
import type { Claim } from './types.ts';

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** What the fleet runs on is at fault, not the job. */
  readonly infrastructure?: boolean;
}

/**
 * What a caught value means for its job. A strategy's errors say themselves whether a retry can help; what
 * nobody gave a meaning may be the infrastructure's.
 */
export function failureOf(error: unknown): Failure {
  const { error: message, stack } = errorFacts(error);
  const fleets = error instanceof FleetError;
  if (fleets && error.code !== 'TRAINING_FAILED') {
    const { code, retryable, infrastructure } = error;
    return { code, message, retryable, infrastructure };
  }
  if (!fleets && error instanceof Error && 'retryable' in error && 'code' in error)
    return { code: String(error.code), message, retryable: error.retryable === true };
  const trouble = infrastructureTrouble(error);
  if (trouble !== null) {
    const { code, lacks } = trouble;
    return { code, message: `${lacks}: ${message}`, retryable: true, infrastructure: true };
  }
  // Nobody foresaw it: where it came from is the only clue there is.
  return { code: 'TRAINING_FAILED', message: fleets ? message : (stack ?? message), retryable: true };
}

/**
 * Whether the database refuses what it was given (SQLSTATE class 22, data, or 23, constraint): it always
 * will.
 */
export function isDataError(error: unknown): boolean {
  return error instanceof postgres.PostgresError && /^2[23]/.test(error.code);
}

/**
 * Ends a job and registers its models, all in one statement. May be repeated when its answer got lost.
 * @returns whether the job is completed by this claim; false: somebody else has it, delete the files
 */
export async function completeJob(
  sql: Database,
  claim: Claim,
  result: object,
  models: readonly Registration[],
): Promise<boolean> {
  const [row] = await sql<[{ outcome: 'completed' | 'lost' }]>`
    SELECT ml_training_complete(${claim.jobId}, ${claim.token}, ${sql.json(result as never)},
                                ${sql.json(models as never)}) AS outcome`;
  return row.outcome === 'completed';
}

/**
 * Notes a failed attempt: queued again after a delay, or failed when it can't succeed or was the last. What
 * the infrastructure is to blame for counts no attempt.
 * @returns what became of the job; null when it is somebody else's
 */
export async function failJob(
  sql: Database,
  claim: Claim,
  failure: Failure,
): Promise<'queued' | 'postponed' | 'failed' | null> {
  const next = afterFailure(claim, failure, Math.random());
  const again = next.status === 'queued';
  const putOff = again && next.postponed > 0;
  const why = putOff
    ? 'waits, no attempt counted (put off ' +
      `${next.postponed === 1 ? 'once' : `${next.postponed} times`}): ${failure.message}`
    : failure.message;
  // PostgreSQL keeps no NUL in a text.
  const message = why.replaceAll('\0', '');
  const rows = await sql`
    UPDATE ml_training_jobs SET
      status = ${next.status}, attempt = ${next.attempt}, postponed = ${next.postponed},
      retry_at = ${again ? sql`now() + make_interval(secs => ${next.delaySeconds})` : null},
      completed_at = ${again ? null : sql`now()`},
      lease_expires_at = NULL, stage = NULL, error_code = ${failure.code}, error_message = ${message}
    WHERE job_id = ${claim.jobId} AND lease_token = ${claim.token} AND status = 'running'
    RETURNING job_id`;
  if (rows.length === 0) return null;
  return putOff ? 'postponed' : next.status;
}

/** Hands a job back unfinished, as its trainer stops; the attempt is not counted. */
export async function releaseJob(sql: Database, claim: Claim): Promise<boolean> {
  const rows = await sql`
    UPDATE ml_training_jobs SET
      status = 'queued', attempt = attempt - 1, progress = 0, stage = NULL, trainer_id = NULL,
      lease_token = NULL, lease_expires_at = NULL
    WHERE job_id = ${claim.jobId} AND lease_token = ${claim.token} AND status = 'running'
    RETURNING job_id`;
  return rows.length === 1;
}

/** Whether a job has ended, however it did; so has one that isn't there. */
export async function hasEnded(sql: Database, jobId: string): Promise<boolean> {
  const open = await sql`
    SELECT FROM ml_training_jobs WHERE job_id = ${jobId} AND status IN ('queued', 'running')`;
  return open.length === 0;
}
