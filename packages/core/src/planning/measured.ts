import { ALL_SYMBOLS, type StrategyType } from '@ml-training/sdk';
import type { Database } from '../database/connect.ts';
import { jobTriggers, pairName, type Pair } from '../jobs/types.ts';
import type { OpenWork } from './estimate.ts';

/** A median of so many is steady, and of trainings of now. */
const trainings = 30;

/** The median time of the last completed trainings of each strategy, in seconds; none where there is none. */
export async function trainingSeconds(
  sql: Database,
  strategies: readonly StrategyType[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ strategy_type: string; seconds: number }[]>`
    SELECT strategy_type, percentile_cont(0.5) WITHIN GROUP (ORDER BY last.seconds) AS seconds
    FROM unnest(${[...new Set(strategies)]}::text[]) AS s (strategy_type)
    CROSS JOIN LATERAL (
      -- By trigger, as the index is: ml_training_jobs_by_kind.
      SELECT made.seconds FROM unnest(${[...jobTriggers]}::text[]) AS t (trigger)
      CROSS JOIN LATERAL (
        SELECT extract(epoch FROM completed_at - started_at)::float8 AS seconds, created_at
        FROM ml_training_jobs j
        WHERE j.status = 'completed' AND j.strategy_type = s.strategy_type AND j.trigger = t.trigger
        ORDER BY created_at DESC NULLS LAST LIMIT ${trainings}) made
      WHERE made.seconds IS NOT NULL
      ORDER BY made.created_at DESC LIMIT ${trainings}) last
    GROUP BY strategy_type`;
  return new Map(rows.map(({ strategy_type, seconds }) => [strategy_type, seconds]));
}

/**
 * When each pair was last trained, by its name: completed or failed, or, where that is not known any more, when
 * the model in use was made. So a pair whose new models are refused, or whose trainings fail, is no staler
 * than others, and keeps none of them waiting.
 */
export async function lastTrained(sql: Database, pairs: readonly Pair[]): Promise<ReadonlyMap<string, Date>> {
  if (pairs.length === 0) return new Map();
  const rows = await sql<(Pair & { at: Date })[]>`
    SELECT pair.strategy_type, pair.symbol, greatest(job.at, model.created_at, over_all.at) AS at
    FROM unnest(${pairs.map((pair) => pair.strategy_type)}::text[],
                ${pairs.map((pair) => pair.symbol)}::text[]) AS pair (strategy_type, symbol)
    LEFT JOIN LATERAL (
      SELECT completed_at AS at FROM ml_training_jobs j
      WHERE j.strategy_type = pair.strategy_type AND j.symbol = pair.symbol
        AND status IN ('completed', 'failed')
      ORDER BY j.created_at DESC LIMIT 1) job ON true
    LEFT JOIN ml_model_registry model ON model.is_active AND model.strategy_type = pair.strategy_type
      AND model.symbol = pair.symbol
    LEFT JOIN (
      SELECT strategy_type, max(created_at) AS at FROM ml_model_registry WHERE is_active
      GROUP BY strategy_type) over_all
      ON pair.symbol = ${ALL_SYMBOLS} AND over_all.strategy_type = pair.strategy_type
    WHERE greatest(job.at, model.created_at, over_all.at) IS NOT NULL`;
  return new Map(rows.map((row) => [pairName(row), row.at]));
}

/** How many scheduled runs in a row had no time for a pair, by its name; none that was trained since. */
export async function timesLeftOut(
  sql: Database,
  trained: ReadonlyMap<string, Date>,
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<(Pair & { times: number; at: Date })[]>`
    SELECT pair ->> 'strategy_type' AS strategy_type, pair ->> 'symbol' AS symbol,
           (pair ->> 'times')::int AS times, run.requested_at AS at
    FROM (SELECT requested_at, skipped FROM ml_training_runs WHERE scheduled_for <= now()
          ORDER BY scheduled_for DESC LIMIT 1) run, jsonb_array_elements(run.skipped) pair
    WHERE pair ? 'times'`;
  const waiting = rows.filter((row) => !((trained.get(pairName(row)) ?? new Date(0)) > row.at));
  return new Map(waiting.map((row) => [pairName(row), row.times]));
}

/** What runs and what waits, also for a retry. */
export async function openWork(sql: Database): Promise<OpenWork> {
  const [running, queued] = await Promise.all([
    sql<{ strategy_type: string; elapsed: number }[]>`
      SELECT strategy_type, extract(epoch FROM now() - started_at)::float8 AS elapsed
      FROM ml_training_jobs WHERE status = 'running'`,
    sql<{ strategy_type: string; count: number }[]>`
      SELECT strategy_type, count(*)::int AS count
      FROM ml_training_jobs WHERE status = 'queued' GROUP BY strategy_type ORDER BY strategy_type`,
  ]);
  return { running, queued };
}

/** Names of the pairs of open jobs: a run makes no second one. */
export async function openPairs(sql: Database): Promise<ReadonlySet<string>> {
  const rows = await sql<Pair[]>`
    SELECT strategy_type, symbol FROM ml_training_jobs WHERE status IN ('queued', 'running')`;
  return new Set(rows.map(pairName));
}
