import type { Database } from '@ml-training/core';

/** Upper bounds of the histograms' buckets, in seconds: from a second to the guide's longest time-out of two hours. */
export const secondsBuckets = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200] as const;

/** How many observations lie at or below each bound, and all of them. */
export interface Distribution {
  readonly labels: Readonly<Record<string, string>>;
  readonly cumulative: readonly number[];
  readonly count: number;
  readonly sum: number;
}

export interface Facts {
  readonly jobs: readonly { status: string; count: number }[];
  readonly finished: readonly { strategy_type: string; outcome: string; count: number }[];
  readonly wait: readonly Distribution[];
  readonly duration: readonly Distribution[];
  readonly stages: readonly Distribution[];
  readonly recovered: readonly { reason: string; count: number }[];
  readonly models: readonly {
    strategy_type: string;
    symbol: string;
    accuracy: number | null;
    age_seconds: number;
  }[];
  readonly lastRun: number | null;
  readonly oldestQueued: number | null;
}

/**
 * Everything the exporter shows, read from the rows: no process has to have seen an event for it to be counted, and
 * none is counted twice. Job rows are never deleted, so the counters only grow.
 */
export async function readFacts(sql: Database): Promise<Facts> {
  const [jobs, finished, wait, duration, stages, recovered, models, times] = await Promise.all([
    sql<Facts['jobs'][number][]>`
      SELECT s.status, count(j.job_id)::int AS count
      FROM (VALUES ('queued'), ('running'), ('completed'), ('failed'), ('cancelled')) s (status)
      LEFT JOIN ml_training_jobs j USING (status) GROUP BY s.status`,
    sql<Facts['finished'][number][]>`
      SELECT strategy_type, status AS outcome, count(*)::int AS count FROM ml_training_jobs
      WHERE status IN ('completed', 'failed', 'cancelled') GROUP BY 1, 2`,
    distribution(
      sql,
      sql`
      SELECT jsonb_build_object('strategy_type', strategy_type) AS labels, extract(epoch FROM started_at - created_at)::float8 AS value
      FROM ml_training_jobs WHERE started_at IS NOT NULL AND status IN ('completed', 'failed')`,
    ),
    distribution(
      sql,
      sql`
      SELECT jsonb_build_object('strategy_type', strategy_type), extract(epoch FROM completed_at - started_at)::float8
      FROM ml_training_jobs WHERE started_at IS NOT NULL AND status IN ('completed', 'failed')`,
    ),
    distribution(
      sql,
      sql`
      SELECT jsonb_build_object('strategy_type', strategy_type, 'stage', stage.key), stage.value::float8
      FROM ml_training_jobs, jsonb_each_text(result -> 'stage_seconds') stage WHERE status = 'completed'`,
    ),
    sql<Facts['recovered'][number][]>`SELECT reason, count::int FROM ml_training_recoveries`,
    sql<Facts['models'][number][]>`
      SELECT strategy_type, symbol, (metrics ->> 'accuracy')::float8 AS accuracy,
             extract(epoch FROM now() - created_at)::float8 AS age_seconds
      FROM ml_model_registry WHERE is_active`,
    sql<[{ last_run: number | null; oldest_queued: number | null }]>`
      SELECT (SELECT extract(epoch FROM max(requested_at))::float8 FROM ml_training_runs) AS last_run,
             (SELECT extract(epoch FROM min(created_at))::float8 FROM ml_training_jobs WHERE status = 'queued') AS oldest_queued`,
  ]);
  const [{ last_run, oldest_queued }] = times;
  return {
    jobs,
    finished,
    wait,
    duration,
    stages,
    recovered,
    models,
    lastRun: last_run,
    oldestQueued: oldest_queued,
  };
}

/** Counts `values` (columns labels, value) into the buckets, in the database: rows never travel. */
async function distribution(sql: Database, values: ReturnType<Database>): Promise<Distribution[]> {
  return sql<Distribution[]>`
    SELECT labels, count(*)::int AS count, sum(value)::float8 AS sum,
           ARRAY(SELECT count(*) FILTER (WHERE v <= bound)::int
                 FROM unnest(${[...secondsBuckets]}::float8[]) WITH ORDINALITY AS b (bound, nr),
                      unnest(array_agg(value)) AS v
                 GROUP BY nr ORDER BY nr) AS cumulative
    FROM (${values}) AS o (labels, value) GROUP BY labels`;
}
