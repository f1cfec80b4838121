import { strategyTypes, type Database } from '@ml-training/core';

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
    // Zeros, too: a counter that appears with its first event shows no increase for it.
    sql<Facts['finished'][number][]>`
      SELECT t.strategy_type, s.outcome, count(j.job_id)::int AS count
      FROM unnest(${[...strategyTypes]}::text[]) t (strategy_type)
      CROSS JOIN (VALUES ('completed'), ('failed'), ('cancelled')) s (outcome)
      LEFT JOIN ml_training_jobs j ON j.strategy_type = t.strategy_type AND j.status = s.outcome
      GROUP BY 1, 2`,
    distribution(
      sql,
      sql`
      SELECT strategy_type, NULL, extract(epoch FROM started_at - created_at)::float8
      FROM ml_training_jobs WHERE started_at IS NOT NULL AND status IN ('completed', 'failed')`,
    ),
    distribution(
      sql,
      sql`
      SELECT strategy_type, NULL, extract(epoch FROM completed_at - started_at)::float8
      FROM ml_training_jobs WHERE started_at IS NOT NULL AND status IN ('completed', 'failed')`,
    ),
    distribution(
      sql,
      sql`
      SELECT strategy_type, stage.key, stage.value::float8
      FROM ml_training_jobs, jsonb_each_text(result -> 'stage_seconds') stage WHERE status = 'completed'`,
    ),
    sql<Facts['recovered'][number][]>`
      SELECT reason, coalesce(r.count, 0)::int AS count
      FROM (VALUES ('lease_over'), ('not_in_queue'), ('trainer_gone')) known (reason)
      FULL JOIN ml_training_recoveries r USING (reason)`,
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

/** Counts `values` (columns strategy_type, stage or null, value) into the buckets, in the database: rows never travel. */
async function distribution(sql: Database, values: ReturnType<Database>): Promise<Distribution[]> {
  // Our own numbers. One pass over the rows; unnesting an array of all values for each bucket took twice the time.
  const cumulative = sql.unsafe(
    secondsBuckets.map((bound) => `count(*) FILTER (WHERE value <= ${bound})::int`).join(', '),
  );
  return sql<Distribution[]>`
    SELECT jsonb_strip_nulls(jsonb_build_object('strategy_type', strategy_type, 'stage', stage)) AS labels,
           count(*)::int AS count, sum(value)::float8 AS sum, ARRAY[${cumulative}] AS cumulative
    FROM (${values}) AS o (strategy_type, stage, value) GROUP BY strategy_type, stage`;
}
