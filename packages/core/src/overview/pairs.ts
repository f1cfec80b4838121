import { ALL_SYMBOLS, type StrategyType } from '@ml-training/sdk';
import type { Database } from '../database/connect.ts';
import { leftOutOf } from '../jobs/sum-up.ts';
import type { Pair } from '../jobs/types.ts';
export interface OpenJob extends Pair {
  readonly job_id: string;
  readonly status: 'queued' | 'running';
  readonly postponed: number;
  readonly progress: number;
}

/** Jobs that are not over: never more than one a pair. */
export async function openJobs(sql: Database): Promise<OpenJob[]> {
  return sql<OpenJob[]>`
    SELECT job_id, strategy_type, symbol, status, postponed, progress FROM ml_training_jobs
    WHERE status IN ('queued', 'running')`;
}

export interface FailedPair extends Pair {
  readonly job_id: string;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly completed_at: Date;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

const forgottenAfter = '30 days';
/** Newest failed jobs that are looked at. */
const maxLooked = 1000;

/** The last failed job of each pair that has not completed one since and has none open, newest first. */
export async function failedPairs(sql: Database): Promise<FailedPair[]> {
  return sql<FailedPair[]>`
    SELECT * FROM (
      SELECT DISTINCT ON (strategy_type, symbol) job_id, strategy_type, symbol, attempt, max_attempts,
        completed_at, error_code,
             left(error_message, 500) AS error_message
      FROM (
        SELECT * FROM ml_training_jobs WHERE status = 'failed'
          AND completed_at > now() - ${forgottenAfter}::interval
        ORDER BY completed_at DESC LIMIT ${maxLooked}) f
      ORDER BY strategy_type, symbol, completed_at DESC) f
    WHERE NOT EXISTS (
        SELECT FROM ml_training_jobs c
        WHERE c.strategy_type = f.strategy_type AND c.symbol = f.symbol AND c.status = 'completed'
          AND c.completed_at > f.completed_at)
      AND NOT EXISTS (
        SELECT FROM ml_training_jobs o
        WHERE o.strategy_type = f.strategy_type AND o.symbol = f.symbol AND o.status IN ('queued', 'running'))
    ORDER BY completed_at DESC`;
}

export interface LastTraining extends Pair {
  readonly job_id: string;
  readonly completed_at: Date;
  /** The newest bar of each symbol that it was given, ISO 8601; null of jobs from before. */
  readonly newest_bars: Readonly<Record<string, string>> | null;
}

/** The last completed training of each of these pairs; none for a pair without one. */
export async function lastTrainings(sql: Database, pairs: readonly Pair[]): Promise<LastTraining[]> {
  if (pairs.length === 0) return [];
  return sql<LastTraining[]>`
    SELECT last.* FROM unnest(${pairs.map((pair) => pair.strategy_type)}::text[],
                              ${pairs.map((pair) => pair.symbol)}::text[]) AS p (strategy_type, symbol)
    CROSS JOIN LATERAL (
      SELECT job_id, strategy_type, symbol, completed_at, newest_bars FROM ml_training_jobs j
      WHERE j.strategy_type = p.strategy_type AND j.symbol = p.symbol AND j.status = 'completed'
      ORDER BY completed_at DESC NULLS LAST LIMIT 1) last`;
}

/**
 * Symbols that the last training of each strategy over all symbols
 * left out: {symbol: reason}; no entry before there is one.
 */
export async function leftOutSymbols(
  sql: Database,
): Promise<ReadonlyMap<StrategyType, Readonly<Record<string, string>>>> {
  const last = await sql<
    { strategy_type: StrategyType; left_out: Readonly<Record<string, string>> | null }[]
  >`
    SELECT s.strategy_type, last.left_out FROM ml_strategies s
    CROSS JOIN LATERAL (
      SELECT ${leftOutOf(sql)} AS left_out FROM ml_training_jobs j
      WHERE j.strategy_type = s.strategy_type AND j.symbol = ${ALL_SYMBOLS} AND j.status = 'completed'
      ORDER BY completed_at DESC NULLS LAST LIMIT 1) last
    WHERE s.scope = 'all' ORDER BY s.strategy_type`;
  return new Map(last.map(({ strategy_type, left_out }) => [strategy_type, left_out ?? {}]));
}
