import type { Database } from '../database/connect.ts';
import type { AttemptOutcome } from '../jobs/attempts.ts';
import type { JobStatus, Pair } from '../jobs/types.ts';

/** A pair with jobs in a stretch of time. */
export interface TimelinePair extends Pair {
  readonly jobs: number;
  readonly running: boolean;
  readonly failed: number;
}

export interface TimelineJob extends Pair {
  readonly job_id: string;
  readonly status: JobStatus;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly postponed: number;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
  readonly retry_at: Date | null;
  readonly progress: number;
  readonly error_code: string | null;
}

interface Stretch {
  readonly from: Date;
  readonly to: Date;
}

/** Entries of an index that are looked at for one answer; a stretch with more shows its newest. */
const maxEntries = 30_000;
/** No job takes longer, retries and all: one made before the stretch may reach into it. */
const longest = '1 day';

/**
 * Pairs with jobs in a stretch of time: running ones first, then those that failed, then by the newest job
 * and their number.
 * @returns so many from `offset` on, and how many there are
 */
export async function pairsBetween(
  sql: Database,
  { from, to, limit, offset }: Stretch & { readonly limit: number; readonly offset: number },
): Promise<{ pairs: TimelinePair[]; total: number }> {
  const rows = await sql<(TimelinePair & { total: number })[]>`
    WITH seen AS (
      (SELECT strategy_type, symbol, created_at, false AS running, false AS failed FROM ml_training_jobs
       WHERE created_at >= ${from} AND created_at < ${to} ORDER BY created_at DESC LIMIT ${maxEntries})
      UNION ALL
      SELECT strategy_type, symbol, created_at, status = 'running', false FROM ml_training_jobs
      WHERE status IN ('queued', 'running') AND created_at < ${from}
        AND coalesce(retry_at, created_at) < ${to} AND now() > ${from}
      UNION ALL
      SELECT strategy_type, symbol, created_at, true, false FROM ml_training_jobs
      WHERE status = 'running' AND created_at >= ${from} AND created_at < ${to}
      UNION ALL
      (SELECT strategy_type, symbol, created_at, false, false FROM ml_training_jobs
       WHERE created_at >= ${from}::timestamptz - ${longest}::interval AND created_at < ${from}
         AND completed_at > ${from}
       ORDER BY created_at DESC LIMIT ${maxEntries})
      UNION ALL
      (SELECT strategy_type, symbol, created_at, false, true FROM ml_training_jobs
       WHERE status = 'failed' AND completed_at >= ${from} AND completed_at < ${to} ORDER BY completed_at DESC
         LIMIT 1000))
    SELECT strategy_type, symbol, count(*) FILTER (WHERE NOT running AND NOT failed)::int AS jobs,
      bool_or(running) AS running,
           count(*) FILTER (WHERE failed)::int AS failed, (count(*) OVER ())::int AS total
    FROM seen GROUP BY strategy_type, symbol
    ORDER BY bool_or(running) DESC, bool_or(failed) DESC, max(created_at) DESC, count(*) DESC, strategy_type,
      symbol COLLATE "C"
    LIMIT ${limit} OFFSET ${offset}`;
  return { pairs: rows.map(({ total: _, ...pair }) => pair), total: rows[0]?.total ?? 0 };
}

/** Jobs of these pairs that reach into a stretch of time, newest first; of each pair the newest `max`. */
export async function jobsOfPairs(
  sql: Database,
  pairs: readonly Pair[],
  { from, to, max }: Stretch & { readonly max: number },
): Promise<TimelineJob[]> {
  if (pairs.length === 0) return [];
  return sql<TimelineJob[]>`
    SELECT j.* FROM unnest(${pairs.map((pair) => pair.strategy_type)}::text[],
                           ${pairs.map((pair) => pair.symbol)}::text[]) AS p (strategy_type, symbol)
    CROSS JOIN LATERAL (
      SELECT job_id, strategy_type, symbol, status, attempt, max_attempts, postponed, created_at, started_at,
        completed_at,
             retry_at, progress, error_code
      FROM ml_training_jobs j
      WHERE j.strategy_type = p.strategy_type AND j.symbol = p.symbol
        AND created_at >= ${from}::timestamptz - ${longest}::interval AND created_at < ${to}
        AND (completed_at IS NULL OR completed_at > ${from})
      ORDER BY created_at DESC LIMIT ${max}) j
    ORDER BY created_at DESC`;
}

export interface TimelineAttempt {
  readonly job_id: string;
  readonly attempt: number;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly outcome: AttemptOutcome | null;
  readonly error_code: string | null;
}

/** Every start of these jobs, oldest first; none of those from before the fleet kept them. */
export async function attemptsOfJobs(sql: Database, jobs: readonly string[]): Promise<TimelineAttempt[]> {
  if (jobs.length === 0) return [];
  return sql<TimelineAttempt[]>`
    SELECT job_id, attempt, started_at, ended_at, outcome, error_code FROM ml_training_attempts
    WHERE job_id = ANY (${jobs as string[]}::uuid[]) ORDER BY job_id, seq`;
}
