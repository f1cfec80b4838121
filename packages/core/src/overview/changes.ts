import type { Database } from '../database/connect.ts';
import { curvesOf } from '../jobs/epochs.ts';
import type { JobStatus, Pair } from '../jobs/types.ts';

// What tells open pages that something is new: each asked once or twice a second, so each reads a few rows by
// an index, however many jobs there are.

export interface JobState extends Pair {
  readonly job_id: string;
  readonly run_id: string | null;
  readonly status: JobStatus;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly progress: number;
  readonly stage: string | null;
  readonly trainer_id: string | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
}

const columns = (sql: Database) =>
  sql`job_id, run_id, strategy_type, symbol, status, attempt, max_attempts, progress, stage, trainer_id,
    created_at, started_at, completed_at`;

/** What runs now: as many rows as trainings at a time. */
export async function runningJobs(sql: Database): Promise<JobState[]> {
  return sql<
    JobState[]
  >`SELECT ${columns(sql)} FROM ml_training_jobs WHERE status = 'running' ORDER BY started_at`;
}

export async function newestJobs(sql: Database, limit: number): Promise<JobState[]> {
  return sql<JobState[]>`
    SELECT ${columns(sql)} FROM ml_training_jobs ORDER BY created_at DESC, strategy_type, symbol
      LIMIT ${limit}`;
}

export async function jobStates(sql: Database, ids: readonly string[]): Promise<JobState[]> {
  if (ids.length === 0) return [];
  return sql<
    JobState[]
  >`SELECT ${columns(sql)} FROM ml_training_jobs WHERE job_id = ANY (${ids as string[]}::uuid[])`;
}

/**
 * How many rows of ended jobs there are, as `strategy status` → count; changes whenever one ends, is tried
 * again or deleted.
 */
export async function keptJobs(sql: Database): Promise<Readonly<Record<string, number>>> {
  const rows = await sql<{ key: string; count: number }[]>`
    SELECT strategy_type || ' ' || label AS key, count::float8 AS count FROM ml_training_totals
    WHERE name = 'kept' ORDER BY strategy_type, label`;
  return Object.fromEntries(rows.map(({ key, count }) => [key, count]));
}

export interface CurvePoint {
  readonly job_id: string;
  readonly name: string;
  readonly step: number;
  readonly value: number;
}

/** Points of one answer and curve; the rest comes with the next. */
const maxPoints = 500;

/**
 * Points of these jobs' curves that come after what is known of them. By a step in the key from one curve's
 * name to the next, so that what is known isn't read again.
 * @param known the last step that is known of a curve
 */
export async function newEpochs(
  sql: Database,
  jobs: readonly string[],
  known: readonly { readonly job_id: string; readonly name: string; readonly step: number }[],
): Promise<CurvePoint[]> {
  if (jobs.length === 0) return [];
  return sql<CurvePoint[]>`
    WITH RECURSIVE ${curvesOf(sql, jobs)}
    SELECT c.job_id, c.name, e.step, e.value
    FROM curve c
    LEFT JOIN unnest(${known.map((one) => one.job_id)}::uuid[], ${known.map((one) => one.name)}::text[],
                     ${known.map((one) => one.step)}::int[]) AS k (job_id, name, step) USING (job_id, name)
    CROSS JOIN LATERAL (
      SELECT step, value FROM ml_training_epochs e
      WHERE e.job_id = c.job_id AND e.name = c.name AND e.step > coalesce(k.step, -2147483648)
      ORDER BY step LIMIT ${maxPoints}) e
    WHERE c.name IS NOT NULL
    ORDER BY job_id, name, step`;
}
