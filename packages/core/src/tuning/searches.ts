// Searches of settings as the database keeps them: what was found so far outlives whoever searches.
import { randomUUID } from 'node:crypto';
import type { Database } from '../database/connect.ts';
import type { Pair } from '../jobs/types.ts';
import type { TrialIdentity } from '../registry/trials.ts';

/** Bars of a symbol that a search was given. */
export interface GivenBars {
  readonly symbol: string;
  /** Times of the first and the last one, ms since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly sha256: string;
}

/** One training of a search. */
export interface KeptFold {
  readonly trial: number;
  readonly fold: number;
  /** Null where its settings give no model. */
  readonly scores: readonly number[] | null;
  readonly problem: string | null;
  readonly seconds: number;
}

/** What makes a search the same one. */
export interface SearchIdentity extends Pair {
  /** A sum of all that decides what it finds besides the bars. */
  readonly identity: string;
}

/** An unfinished one is gone on with for so long; its bars are too old then. */
const unfinishedDays = 7;
/** Searches of a pair that are kept, the newest. */
const keptSearches = 5;

/** The bars of the newest search that was interrupted; null where there is none to go on with. */
export async function unfinishedSearch(
  sql: Database,
  { strategy_type, symbol, identity }: SearchIdentity,
): Promise<readonly GivenBars[] | null> {
  const [row] = await sql<{ bars: readonly GivenBars[] }[]>`
    SELECT bars FROM (
      SELECT * FROM ml_training_tunings
      WHERE strategy_type = ${strategy_type} AND symbol = ${symbol} AND identity = ${identity}
      ORDER BY begun_at DESC LIMIT 1) newest
    WHERE ended_at IS NULL AND begun_at > now() - make_interval(days => ${unfinishedDays})`;
  return row?.bars ?? null;
}

/** The search of these bars, new or begun before, and what it has found so far. */
export async function openSearch(
  sql: Database,
  { strategy_type, symbol, identity }: SearchIdentity,
  { bars, sha256 }: { readonly bars: readonly GivenBars[]; readonly sha256: string },
): Promise<{ readonly tuningId: string; readonly kept: readonly KeptFold[] }> {
  const [row] = await sql<[{ tuning_id: string }]>`
    INSERT INTO ml_training_tunings (tuning_id, strategy_type, symbol, identity, bars, data_sha256)
    VALUES (${randomUUID()}, ${strategy_type}, ${symbol}, ${identity}, ${sql.json(bars as never)}, ${sha256})
    -- One that ended goes on where more trials are asked for.
    ON CONFLICT (strategy_type, symbol, identity, data_sha256) DO UPDATE SET ended_at = NULL
    RETURNING tuning_id`;
  const kept = await sql<KeptFold[]>`
    SELECT trial, fold, scores, problem, seconds FROM ml_training_tuning_folds
    WHERE tuning_id = ${row.tuning_id}`;
  return { tuningId: row.tuning_id, kept };
}

/**
 * Keeps what a training of a search came to, and counts it among what was tried of its symbols, in one
 * statement. A search that somebody has thrown away meanwhile keeps nothing.
 */
export async function keepFold(
  sql: Database,
  search: { readonly tuningId: string; readonly strategyType: string },
  { trial, fold, scores, problem, seconds }: KeptFold,
  tried: readonly TrialIdentity[],
): Promise<void> {
  const trials = tried.map((one) => ({ ...one, seed: String(one.seed), excess_sharpe: null }));
  await sql`
    WITH kept AS (
      INSERT INTO ml_training_tuning_folds (tuning_id, trial, fold, scores, problem, seconds)
      SELECT tuning_id, ${trial}, ${fold}, ${scores as number[] | null}::float8[], ${problem}::text, ${seconds}
      FROM ml_training_tunings WHERE tuning_id = ${search.tuningId}
      ON CONFLICT DO NOTHING
    )
    SELECT ml_training_count_trials(${search.strategyType}, 'tuning', ${sql.json(trials as never)})`;
}

/** What a search came to. */
export interface SearchEnd extends Pair {
  readonly tuningId: string;
  /** Settings that trainings are to use; {} keeps those in use. */
  readonly params: object;
  readonly facts: object;
}

/** Ends a search: from now on the pair's trainings use what it found. Older searches of the pair go. */
export async function endSearch(
  sql: Database,
  { tuningId, strategy_type, symbol, params, facts }: SearchEnd,
): Promise<void> {
  await sql`
    WITH ended AS (
      UPDATE ml_training_tunings SET ended_at = coalesce(ended_at, now()) WHERE tuning_id = ${tuningId}
    ), older AS (
      DELETE FROM ml_training_tunings WHERE tuning_id IN (
        SELECT tuning_id FROM ml_training_tunings
        WHERE strategy_type = ${strategy_type} AND symbol = ${symbol} AND tuning_id <> ${tuningId}
        ORDER BY begun_at DESC OFFSET ${keptSearches - 1})
    )
    INSERT INTO ml_training_tuned (strategy_type, symbol, params, tuned_at, facts)
    VALUES (${strategy_type}, ${symbol}, ${sql.json(params as never)}, now(), ${sql.json(facts as never)})
    ON CONFLICT (strategy_type, symbol) DO UPDATE SET params = excluded.params, tuned_at = excluded.tuned_at,
      looked_at = excluded.looked_at, problem = NULL, facts = excluded.facts`;
}

/** Throws all searches of a pair away; what is in use stays. */
export async function dropSearches(sql: Database, { strategy_type, symbol }: Pair): Promise<void> {
  await sql`
    DELETE FROM ml_training_tunings WHERE strategy_type = ${strategy_type} AND symbol = ${symbol}`;
}
