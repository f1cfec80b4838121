import type { Database } from '../database/connect.ts';
import { leftOutOf } from './sum-up.ts';
import type { Job } from './types.ts';

/** With the symbols that it left out, and why; null where there is no such word. */
export type ListedJob = Job & { readonly left_out: Readonly<Record<string, string>> | null };

/** All but the results, which are kilobytes each and nobody's in a list. */
export const listedColumns = (sql: Database) => sql`
  job_id, run_id, strategy_type, symbol, status, trigger, attempt, max_attempts, postponed, retry_at,
    created_at, started_at,
  completed_at, trainer_id, progress, stage, error_code, error_message, retry_of,
    ${leftOutOf(sql)} AS left_out`;

/** Every job of a run. */
export async function jobsOfRun(sql: Database, runId: string): Promise<ListedJob[]> {
  return sql<ListedJob[]>`
    SELECT ${listedColumns(sql)} FROM ml_training_jobs WHERE run_id = ${runId} ORDER BY strategy_type,
      symbol`;
}

export interface RunProgress {
  readonly queued: number;
  readonly completed: number;
  readonly failed: number;
  readonly all: number;
  readonly running: readonly Pick<Job, 'strategy_type' | 'symbol' | 'progress' | 'stage'>[];
  /** Codes of what jobs wait for that no attempt is counted of. */
  readonly postponed: readonly string[];
}

/**
 * How far a run is. Counted in the database: a run may be of tens of thousands of jobs, and is asked after
 * every moment.
 */
export async function runProgress(sql: Database, runId: string): Promise<RunProgress> {
  const [run] = await sql<[RunProgress]>`
    SELECT count(*) FILTER (WHERE status = 'queued')::int AS queued,
           count(*) FILTER (WHERE status = 'completed')::int AS completed,
           count(*) FILTER (WHERE status = 'failed')::int AS failed,
           count(*)::int AS all,
           coalesce(jsonb_agg(jsonb_build_object('strategy_type', strategy_type, 'symbol', symbol, 'progress',
             progress, 'stage', stage)
                              ORDER BY strategy_type, symbol) FILTER (WHERE status = 'running'),
                                '[]') AS running,
           coalesce(jsonb_agg(DISTINCT error_code) FILTER (WHERE status = 'queued' AND postponed > 0),
             '[]') AS postponed
    FROM ml_training_jobs WHERE run_id = ${runId}`;
  return run;
}
