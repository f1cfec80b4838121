import type { Database } from '../database/connect.ts';
import type { Skipped } from '../jobs/enqueue.ts';

export interface RunRow {
  readonly run_id: string;
  readonly trigger: 'schedule' | 'manual';
  readonly scheduled_for: Date | null;
  readonly requested_at: Date;
  readonly finished_at: Date | null;
}

const columns = (sql: Database) => sql`run_id, trigger, scheduled_for, requested_at, finished_at`;

export async function newestRuns(sql: Database, limit: number): Promise<RunRow[]> {
  return sql<
    RunRow[]
  >`SELECT ${columns(sql)} FROM ml_training_runs ORDER BY requested_at DESC LIMIT ${limit}`;
}

/** Runs asked for in a stretch of time, newest first. */
export async function runsBetween(sql: Database, from: Date, to: Date, limit: number): Promise<RunRow[]> {
  return sql<RunRow[]>`
    SELECT ${columns(sql)} FROM ml_training_runs
    WHERE requested_at >= ${from} AND requested_at < ${to} ORDER BY requested_at DESC LIMIT ${limit}`;
}

export interface RunOutcome extends RunRow {
  readonly skipped: readonly Skipped[];
  readonly jobs: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly queued: number;
  readonly running: number;
  /** When the last of its jobs ended; null before. */
  readonly last_end: Date | null;
}

/**
 * The newest run with jobs, and what became of them; null before the first. Counted in the database: a run
 * may be of thousands.
 * @param trigger of one kind only
 */
export async function runOutcome(
  sql: Database,
  trigger: RunRow['trigger'] | null = null,
): Promise<RunOutcome | null> {
  const [run] = await sql<RunOutcome[]>`
    SELECT r.*, counted.* FROM (
      SELECT ${columns(sql)}, skipped FROM ml_training_runs
      ${trigger === null ? sql`` : sql`WHERE trigger = ${trigger}`}
      ORDER BY requested_at DESC LIMIT 1) r
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS jobs,
             count(*) FILTER (WHERE status = 'completed')::int AS completed,
             count(*) FILTER (WHERE status = 'failed')::int AS failed,
             count(*) FILTER (WHERE status = 'cancelled')::int AS cancelled,
             count(*) FILTER (WHERE status = 'queued')::int AS queued,
             count(*) FILTER (WHERE status = 'running')::int AS running,
             max(completed_at) AS last_end
      FROM ml_training_jobs j WHERE j.run_id = r.run_id) counted`;
  return run ?? null;
}

export interface QueueState {
  readonly queued: number;
  /** When the oldest job was made that is due. */
  readonly oldest: Date | null;
  readonly running: number;
  /** Codes of what jobs wait for that no attempt is counted of. */
  readonly postponed: readonly {
    readonly code: string;
    readonly jobs: number;
    readonly message: string | null;
  }[];
}

/** What waits, by the rows: those of open jobs, never more than one a pair. */
export async function queueState(sql: Database): Promise<QueueState> {
  const [[state], postponed] = await Promise.all([
    sql<[Omit<QueueState, 'postponed'>]>`
      SELECT count(*) FILTER (WHERE status = 'queued')::int AS queued,
             min(coalesce(retry_at, created_at)) FILTER (WHERE status = 'queued' AND (retry_at IS NULL
               OR retry_at <= now())) AS oldest,
             count(*) FILTER (WHERE status = 'running')::int AS running
      FROM ml_training_jobs WHERE status IN ('queued', 'running')`,
    sql<{ code: string; jobs: number; message: string | null }[]>`
      SELECT coalesce(error_code, 'UNKNOWN') AS code, count(*)::int AS jobs, max(error_message) AS message
      FROM ml_training_jobs WHERE status = 'queued' AND postponed > 0 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5`,
  ]);
  return { ...state, postponed };
}
