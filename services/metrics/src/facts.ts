import { reportedBy, type PromotionMetric } from '@ml-training/sdk';
import {
  readJobTotals,
  refreshStrategies,
  strategyTypes,
  type Database,
  type Distribution,
  type LiveVerdict,
} from '@ml-training/core';
import type { ScoredModel } from './lead.ts';

export interface Facts {
  readonly jobs: readonly { status: string; count: number }[];
  readonly finished: readonly { strategy_type: string; outcome: string; count: number }[];
  readonly wait: readonly Distribution[];
  readonly duration: readonly Distribution[];
  readonly stages: readonly Distribution[];
  readonly recovered: readonly { reason: string; count: number }[];
  readonly models: readonly (ScoredModel & {
    strategy_type: string;
    symbol: string;
    /** Null of a regression, and of what is judged by what it earns. */
    accuracy: number | null;
    rank_ic: number | null;
    /** Of what is judged by what it earns; null of others. */
    earned: number | null;
    age_seconds: number;
    /** On the bars since its training; null when it was not scored yet. */
    live_rows: number | null;
    live_score: number | null;
    live_verdict: LiveVerdict | null;
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
    sql<(Omit<Facts['models'][number], 'floor' | 'best'> & { rules: Rules | null })[]>`
      SELECT strategy_type, symbol,
             CASE WHEN s.score <> 'return' THEN (metrics ->> 'accuracy')::float8 END AS accuracy,
             (metrics ->> 'rank_ic')::float8 AS rank_ic,
             CASE WHEN s.score = 'return' THEN (metrics ->> 'return')::float8 END AS earned,
             extract(epoch FROM now() - created_at)::float8 AS age_seconds,
             s.promotion_metric,
             live.rows AS live_rows, live.value AS live_score, live.verdict AS live_verdict,
             (metrics ->> s.score)::float8 AS score,
             (metrics #>> ARRAY['intervals', s.score, 'low'])::float8 AS low,
             (metrics #>> ARRAY['intervals', s.score, 'high'])::float8 AS high,
             (SELECT jsonb_object_agg(name, (rule ->> s.score)::float8)
              FROM jsonb_each(CASE WHEN jsonb_typeof(metrics -> 'baselines') = 'object' THEN metrics -> 'baselines' END)
                   AS r (name, rule)) AS rules
      FROM ml_model_registry m JOIN ml_strategies s USING (strategy_type)
        LEFT JOIN LATERAL (
          SELECT l.rows, l.value, l.verdict FROM ml_model_live_scores l WHERE l.model_id = m.model_id
          ORDER BY scored_at DESC LIMIT 1) live ON true
      WHERE is_active`,
    sql<[{ last_run: number | null; oldest_queued: number | null }]>`
      SELECT (SELECT extract(epoch FROM max(requested_at))::float8 FROM ml_training_runs) AS last_run,
             (SELECT extract(epoch FROM min(created_at))::float8 FROM ml_training_jobs
               WHERE status = 'queued') AS oldest_queued`,
    refreshStrategies(sql),
  ]);
  const { wait, duration, stages } = totals;
  const [{ last_run, oldest_queued }] = times;
  return {
    jobs: statuses.map((status) => ({
      status,
      count: sumOf(totals.jobs.filter((jobs) => jobs.status === status)),
    })),
    // Zeros, too: a counter that appears with its first event shows no increase for it.
    finished: strategyTypes().flatMap((strategy_type) =>
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
    models: models.map(({ rules, ...model }) => ({
      ...model,
      ...baselinesOf(model.promotion_metric, rules ?? {}),
    })),
    lastRun: last_run,
    oldestQueued: oldest_queued,
  };
}

/** A score of each naive rule; null where a rule has none. */
type Rules = Readonly<Record<string, number | null>>;

function baselinesOf(metric: PromotionMetric, rules: Rules): Pick<ScoredModel, 'floor' | 'best'> {
  const { better, floor } = reportedBy[metric];
  const known = Object.values(rules).filter((score) => score !== null);
  const best = better === 'more' ? Math.max(...known) : Math.min(...known);
  return { floor: rules[floor] ?? null, best: known.length === 0 ? null : best };
}

const outcomes = ['completed', 'failed', 'cancelled'] as const;
const statuses = ['queued', 'running', ...outcomes] as const;

const sumOf = (parts: readonly { readonly count: number }[]): number =>
  parts.reduce((sum, { count }) => sum + count, 0);
