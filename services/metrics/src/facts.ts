import { readJobTotals, strategyTypes, type Database, type Distribution } from '@ml-training/core';
import type { ScoredModel } from './lead.ts';

export interface Facts {
  readonly jobs: readonly { status: string; count: number }[];
  readonly finished: readonly { strategy_type: string; outcome: string; count: number }[];
  readonly wait: readonly Distribution[];
  readonly duration: readonly Distribution[];
  readonly stages: readonly Distribution[];
  readonly recovered: readonly { reason: string; count: number }[];
  readonly models: readonly (ScoredModel & {
    symbol: string;
    accuracy: number | null;
    age_seconds: number;
  })[];
  readonly lastRun: number | null;
  readonly oldestQueued: number | null;
}

/**
 * Everything the exporter shows, read from the database: no process has to have seen an event for it to be
 * counted, and none is counted twice. What is counted outlives the jobs' rows, so the counters only grow.
 */
export async function readFacts(sql: Database): Promise<Facts> {
  const [totals, recovered, models, times] = await Promise.all([
    readJobTotals(sql),
    sql<Facts['recovered'][number][]>`
      SELECT reason, coalesce(r.count, 0)::int AS count
      FROM (VALUES ('lease_over'), ('not_in_queue'), ('trainer_gone')) known (reason)
      FULL JOIN ml_training_recoveries r USING (reason)`,
    sql<Facts['models'][number][]>`
      SELECT strategy_type, symbol, (metrics ->> 'accuracy')::float8 AS accuracy,
             extract(epoch FROM now() - created_at)::float8 AS age_seconds,
             (metrics ->> g.score)::float8 AS score,
             (metrics #>> ARRAY['intervals', g.score, 'low'])::float8 AS low,
             (metrics #>> ARRAY['intervals', g.score, 'high'])::float8 AS high,
             (metrics #>> ARRAY['baselines', g.floor, g.score])::float8 AS floor,
             (SELECT CASE strategy_type WHEN 'rl' THEN max((rule ->> g.score)::float8)
               ELSE min((rule ->> g.score)::float8) END
              FROM jsonb_each(CASE WHEN jsonb_typeof(metrics -> 'baselines') = 'object'
          THEN metrics -> 'baselines' END)
                   AS r (name, rule)) AS best
      FROM ml_model_registry,
           LATERAL (SELECT CASE strategy_type WHEN 'rl' THEN 'return' ELSE 'log_loss' END,
                           CASE strategy_type WHEN 'rl' THEN 'always_flat'
                             ELSE 'majority_class' END) g (score, floor)
      WHERE is_active`,
    sql<[{ last_run: number | null; oldest_queued: number | null }]>`
      SELECT (SELECT extract(epoch FROM max(requested_at))::float8 FROM ml_training_runs) AS last_run,
             (SELECT extract(epoch FROM min(created_at))::float8 FROM ml_training_jobs
               WHERE status = 'queued') AS oldest_queued`,
  ]);
  const { wait, duration, stages } = totals;
  const [{ last_run, oldest_queued }] = times;
  return {
    jobs: statuses.map((status) => ({
      status,
      count: sumOf(totals.jobs.filter((jobs) => jobs.status === status)),
    })),
    // Zeros, too: a counter that appears with its first event shows no increase for it.
    finished: strategyTypes.flatMap((strategy_type) =>
      outcomes.map((outcome) => ({
        strategy_type,
        outcome,
        count: sumOf(
          totals.ended.filter((one) => one.strategy_type === strategy_type && one.outcome === outcome),
        ),
      })),
    ),
    wait,
    duration,
    stages,
    recovered,
    models,
    lastRun: last_run,
    oldestQueued: oldest_queued,
  };
}

const outcomes = ['completed', 'failed', 'cancelled'] as const;
const statuses = ['queued', 'running', ...outcomes] as const;

const sumOf = (parts: readonly { readonly count: number }[]): number =>
  parts.reduce((sum, { count }) => sum + count, 0);
