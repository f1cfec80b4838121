import type { Database } from '../database/connect.ts';
import { usualScore } from '../registry/scores.ts';
import { listedColumns, type ListedJob } from './list.ts';

/** All that is known of a job, save its attempts, curves and log lines, which may be many. */
export interface JobDetail extends ListedJob {
  /** What its training came to; null before, and of one that didn't complete. */
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly run: {
    readonly run_id: string;
    readonly trigger: string;
    readonly scheduled_for: Date | null;
    readonly requested_at: Date;
    readonly finished_at: Date | null;
  } | null;
  readonly models: readonly {
    readonly model_id: string;
    readonly symbol: string;
    readonly is_active: boolean;
    readonly decision: string;
    readonly file_path: string;
    readonly data_to: Date;
    readonly holdout_from: Date | null;
    readonly holdout_to: Date | null;
    /** Null unless it was refitted. */
    readonly judged_data_to: Date | null;
    readonly refit_rows: number | null;
    /** Null of what has none, such as a model that is judged by what it earns. */
    readonly accuracy: number | null;
    readonly baseline: number | null;
    readonly return: number | null;
  }[];
  /** The newest job that tries this one again. */
  readonly retried_by: string | null;
  /** The job of the same strategy and symbol that waits or runs now, be it this one. */
  readonly open_job_id: string | null;
}

/** @returns null when there is no such job, or no more */
export async function readJob(sql: Database, jobId: string): Promise<JobDetail | null> {
  const [job] = await sql<Omit<JobDetail, 'run' | 'models'>[]>`
    SELECT ${listedColumns(sql)}, result,
           (SELECT again.job_id FROM ml_training_jobs again WHERE again.retry_of = j.job_id
            ORDER BY again.created_at DESC LIMIT 1) AS retried_by,
           (SELECT open.job_id FROM ml_training_jobs open
            WHERE open.strategy_type = j.strategy_type AND open.symbol = j.symbol
              AND open.status IN ('queued', 'running')) AS open_job_id
    FROM ml_training_jobs j WHERE job_id = ${jobId}`;
  if (job === undefined) return null;
  const [runs, models] = await Promise.all([
    sql<NonNullable<JobDetail['run']>[]>`
      SELECT run_id, trigger, scheduled_for, requested_at, finished_at FROM ml_training_runs
        WHERE run_id = ${job.run_id}`,
    sql<JobDetail['models'][number][]>`
      SELECT model_id, symbol, is_active, decision, file_path, data_to, holdout_from, holdout_to,
             judged_data_to, refit_rows, (metrics ->> 'accuracy')::float8 AS accuracy,
             (metrics #>> '{baselines,majority_class,accuracy}')::float8 AS baseline,
             (metrics ->> 'return')::float8 AS return
      FROM ml_model_registry WHERE job_id = ${jobId} ORDER BY symbol`,
  ]);
  // Agents of before had an accuracy, which says nothing of them.
  const byReturn = usualScore(job.strategy_type) === 'return';
  return {
    ...job,
    run: runs[0] ?? null,
    models: byReturn ? models.map((model) => ({ ...model, accuracy: null, baseline: null })) : models,
  };
}

/** Jobs whose job_id begins with `start`, newest first, 20 at most; none for what no job_id begins with. */
export async function jobsByPrefix(sql: Database, start: string): Promise<ListedJob[]> {
  const text = start.toLowerCase();
  const digits = text.replaceAll('-', '');
  if (!/^[0-9a-f]{0,32}$/.test(digits)) return [];
  // MATERIALIZED: else PostgreSQL may look through the jobs by age, in the belief that a range of ids holds
  // many of them.
  return sql<ListedJob[]>`
    WITH found AS MATERIALIZED (
      SELECT * FROM ml_training_jobs
      WHERE job_id BETWEEN ${digits.padEnd(32, '0')}::uuid AND ${digits.padEnd(32, 'f')}::uuid
        AND starts_with(job_id::text, ${text}))
    SELECT ${listedColumns(sql)} FROM found ORDER BY created_at DESC LIMIT 20`;
}

/** Why a job can't be cancelled now, in words; null when it can. */
export function whyNotCancelled({ status }: Pick<ListedJob, 'status'>): string | null {
  if (status === 'queued' || status === 'running') return null;
  return `it is ${status} already`;
}

/** Why a job can't be tried again now, in words; null when it can. */
export function whyNotRetried(
  job: Pick<ListedJob, 'job_id' | 'status' | 'strategy_type' | 'symbol'>,
  openJobId: string | null,
): string | null {
  const pair = `${job.strategy_type} ${job.symbol}`;
  if (job.status === 'completed') return 'it completed: ask for a new training instead';
  if (openJobId === job.job_id) return `it is still ${job.status}`;
  if (openJobId !== null) return `another job of ${pair} is open, ${openJobId.slice(0, 8)}: wait for it`;
  return null;
}
