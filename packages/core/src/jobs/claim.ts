import type { Database } from '../database/connect.ts';
import type { Claim, Job } from './types.ts';

export type ClaimOutcome =
  | { readonly outcome: 'claimed'; readonly claim: Claim }
  /** The maximum runs already: put the entry back. */
  | { readonly outcome: 'no_room' }
  /** Waits for its retry, has ended, is somebody else's, or never was: drop the entry. */
  | { readonly outcome: 'not_due' | 'over' | 'missing' };

/**
 * The one way a job starts: moves it from queued to running, under a new token, if there is room. May be
 * repeated with the same token when its answer got lost: it answers the same, and the lease begins again.
 */
export async function claimJob(
  sql: Database,
  request: { jobId: string; trainerId: string; maxRunning: number; leaseSeconds: number; token: string },
): Promise<ClaimOutcome> {
  const [row] = await sql<[Job & { outcome: ClaimOutcome['outcome']; claimed_attempt: number }]>`
    SELECT c.outcome, c.attempt AS claimed_attempt, j.*
    FROM ml_training_claim(${request.jobId}, ${request.trainerId}, ${request.token}, ${request.maxRunning},
                           make_interval(secs => ${request.leaseSeconds})) c
    LEFT JOIN ml_training_jobs j ON j.job_id = ${request.jobId}`;
  if (row.outcome !== 'claimed') return { outcome: row.outcome };
  return {
    outcome: 'claimed',
    claim: {
      jobId: row.job_id,
      token: request.token,
      attempt: row.claimed_attempt,
      maxAttempts: row.max_attempts,
      postponed: row.postponed,
      strategy_type: row.strategy_type,
      symbol: row.symbol,
    },
  };
}

/** Whether another job may start now. */
export async function hasRoom(sql: Database, maxRunning: number): Promise<boolean> {
  const [row] = await sql<[{ running: number }]>`
    SELECT (SELECT count(*) FROM ml_training_jobs WHERE status = 'running' AND lease_expires_at > now())::int
         + (SELECT count(*) FROM ml_training_jobs WHERE stopping_until > now())::int AS running`;
  return row.running < maxRunning;
}
