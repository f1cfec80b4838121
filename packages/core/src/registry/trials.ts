// What was tried of a pair: the more it was, the better the best of it looks by luck.
import type { Database } from '../database/connect.ts';

/** What makes a trial one of its own: what is trained again of all the same is the same trial. */
export interface TrialIdentity {
  readonly symbol: string;
  /** Of the symbol's bars. */
  readonly data_sha256: string;
  /** Settings, as the registry has them. */
  readonly params: object;
  readonly seed: number;
  /** Of the user's own strategy; null or left out of a built-in's. */
  readonly code_sha256?: string | null;
}

/** Something that was tried, and its Sharpe ratio over the best naive rule, where there is one. */
export interface Trial extends TrialIdentity {
  readonly excess_sharpe: number | null;
}

/** Trainings are counted by their job's completion. */
export type TrialKind = 'evaluation' | 'tuning';

/**
 * How many models of a pair were ever tried (trainings, evaluations by hand and searches, each of the same
 * data, settings, seed and code once), and the ratios that are known of them.
 * @param own the one that asks, which is left out where it was tried before.
 */
export async function trialsOf(
  sql: Database,
  pair: { readonly strategyType: string; readonly symbol: string },
  own?: TrialIdentity,
): Promise<{ readonly count: number; readonly sharpes: readonly number[] }> {
  const except =
    own === undefined
      ? sql`''`
      : sql`ml_training_trial_key(${own.data_sha256}, ${sql.json(own.params as never)},
          ${String(own.seed)}, ${own.code_sha256 ?? null})`;
  const [row] = await sql<[{ count: number; sharpes: number[] | null }]>`
    SELECT coalesce(sum(tries), 0)::int AS count,
           array_agg(excess_sharpe ORDER BY tried_at, key) FILTER (WHERE excess_sharpe IS NOT NULL) AS sharpes
    FROM ml_training_trials
    WHERE strategy_type = ${pair.strategyType} AND symbol = ${pair.symbol} AND (key = '' OR key <> ${except})`;
  return { count: row.count, sharpes: row.sharpes ?? [] };
}

/** Counts what no job did. */
export async function countTrials(
  sql: Database,
  strategyType: string,
  kind: TrialKind,
  trials: readonly Trial[],
): Promise<void> {
  const given = trials.map((trial) => ({ ...trial, seed: String(trial.seed) }));
  await sql`SELECT ml_training_count_trials(${strategyType}, ${kind}, ${sql.json(given as never)})`;
}

/** Older ones of a pair are a number only. */
const toldApart = 200;

/** Sums up the trials of each pair but its newest 200. @returns how many rows went */
export async function foldTrials(sql: Database): Promise<number> {
  const [row] = await sql<[{ folded: number }]>`
    WITH old AS (
      DELETE FROM ml_training_trials t USING (
        SELECT strategy_type, symbol, key,
               row_number() OVER (PARTITION BY strategy_type, symbol ORDER BY tried_at DESC, key) AS nth
        FROM ml_training_trials WHERE key <> '') n
      WHERE n.nth > ${toldApart} AND (t.strategy_type, t.symbol, t.key) = (n.strategy_type, n.symbol, n.key)
      RETURNING t.strategy_type, t.symbol, t.tries),
    summed AS (
      INSERT INTO ml_training_trials AS t (strategy_type, symbol, key, kind, tries)
      SELECT strategy_type, symbol, '', 'earlier', sum(tries) FROM old GROUP BY 1, 2
      ON CONFLICT (strategy_type, symbol, key) DO UPDATE SET tries = t.tries + excluded.tries)
    SELECT count(*)::int AS folded FROM old`;
  return row.folded;
}
