import { leftOutSymbols, leftOutWords, waitingJobs, type Database } from '@ml-training/core';

/** What the last trainings came to that somebody should know of, in words; empty when there is nothing. */
export interface LastTrainings {
  /** Pairs whose last training failed. */
  readonly failed: string;
  /** What jobs wait for that no attempt is counted of, by code. */
  readonly postponed: string;
  /** Symbols that the last model over all symbols is not of, by strategy. */
  readonly leftOut: Readonly<Record<string, string>>;
  /** Since when the oldest job that could be trained has waited; null when none does. */
  readonly waitingSince: Date | null;
}

export const nothingOdd: LastTrainings = { failed: '', postponed: '', leftOut: {}, waitingSince: null };

/** Pairs named; the others are counted. */
const maxNamed = 5;

/**
 * Pairs with a failed job of the last week and no completed one since, and what the last model over all
 * symbols left out. Looks at the newest 1,000 failed jobs: however many there are, it takes milliseconds.
 */
export async function readLastTrainings(sql: Database): Promise<LastTrainings> {
  const [failed, postponed, leftOut, waiting] = await Promise.all([
    sql<{ pair: string; why: string }[]>`
      SELECT DISTINCT ON (strategy_type, symbol) strategy_type || ' ' || symbol AS pair,
             split_part(coalesce(error_message, error_code, 'no reason is known'), E'\n', 1) AS why
      FROM (
        SELECT * FROM ml_training_jobs WHERE status = 'failed' AND completed_at > now() - interval '7 days'
        ORDER BY completed_at DESC LIMIT 1000) f
      WHERE NOT EXISTS (
        SELECT FROM ml_training_jobs c
        WHERE c.strategy_type = f.strategy_type AND c.symbol = f.symbol AND c.status = 'completed'
          AND c.completed_at > f.completed_at)
      ORDER BY strategy_type, symbol, completed_at DESC`,
    sql<{ code: string; jobs: number }[]>`
      SELECT coalesce(error_code, 'no reason is known') AS code, count(*)::int AS jobs FROM ml_training_jobs
      WHERE status = 'queued' AND postponed > 0 GROUP BY 1 ORDER BY 2 DESC, 1`,
    leftOutSymbols(sql),
    waitingJobs(sql),
  ]);
  const since = waiting.flatMap(({ oldest_at: at }) => (at === null ? [] : [at.getTime()]));
  return {
    failed: leftOutWords(Object.fromEntries(failed.map(({ pair, why }) => [pair, why])), maxNamed),
    postponed: postponed.map(({ code, jobs }) => `${code} (${jobs})`).join(', '),
    leftOut: Object.fromEntries(
      [...leftOut]
        .map(([strategy, reasons]) => [strategy, leftOutWords(reasons, maxNamed)] as const)
        .filter(([, words]) => words !== ''),
    ),
    waitingSince: since.length === 0 ? null : new Date(Math.min(...since)),
  };
}
