// What searches have found, pair by pair, and whose turn it is to search.
import type { Plain } from '@ml-training/sdk';
import type { Database } from '../database/connect.ts';
import type { Pair } from '../jobs/types.ts';

/** What the newest search of a pair came to. */
export interface Tuned extends Pair {
  /** Settings that the pair's trainings use; {} where it kept those in use, or somebody forgot them. */
  readonly params: Readonly<Record<string, Plain>>;
  /** When they were found; null where no search has ended yet. */
  readonly tuned_at: Date | null;
  /** When a search last ended or failed. */
  readonly looked_at: Date;
  /** Why the last one failed, in words; null when it did not. */
  readonly problem: string | null;
  /** {trials, folds, rows, seed, data_to, score, lead}; null where no search has ended yet. */
  readonly facts: Readonly<Record<string, Plain>> | null;
}

/** What is known of a pair; null where nobody has searched. */
export async function tunedOf(sql: Database, { strategy_type, symbol }: Pair): Promise<Tuned | null> {
  const [row] = await sql<Tuned[]>`
    SELECT * FROM ml_training_tuned WHERE strategy_type = ${strategy_type} AND symbol = ${symbol}`;
  return row ?? null;
}

/** All pairs that somebody has searched, in order. */
export const listTuned = async (sql: Database): Promise<Tuned[]> =>
  sql<Tuned[]>`SELECT * FROM ml_training_tuned ORDER BY strategy_type, symbol COLLATE "C"`;

/**
 * Trainings of a pair go on with the settings of before any search. @returns whether there was something to
 * forget
 */
export async function forgetTuned(sql: Database, { strategy_type, symbol }: Pair): Promise<boolean> {
  const rows = await sql`
    UPDATE ml_training_tuned SET params = '{}', facts = NULL, tuned_at = NULL
    WHERE strategy_type = ${strategy_type} AND symbol = ${symbol} AND tuned_at IS NOT NULL
    RETURNING symbol`;
  return rows.length > 0;
}

/** Notes why a search failed; what an earlier one found stays in use. */
export async function noteTuningProblem(
  sql: Database,
  { strategy_type, symbol }: Pair,
  problem: string,
): Promise<void> {
  await sql`
    INSERT INTO ml_training_tuned (strategy_type, symbol, problem) VALUES (${strategy_type}, ${symbol}, ${problem})
    ON CONFLICT (strategy_type, symbol) DO UPDATE SET looked_at = now(), problem = excluded.problem`;
}

/** Of these pairs the one that was not searched for the longest, if that is `everySeconds`; null for none. */
export async function dueForTuning(
  sql: Database,
  pairs: readonly Pair[],
  everySeconds: number,
): Promise<Pair | null> {
  const [row] = await sql<Pair[]>`
    SELECT p.strategy_type, p.symbol
    FROM unnest(${pairs.map((pair) => pair.strategy_type)}::text[], ${pairs.map((pair) => pair.symbol)}::text[])
      WITH ORDINALITY AS p (strategy_type, symbol, place)
      LEFT JOIN ml_training_tuned t USING (strategy_type, symbol)
    WHERE t.looked_at IS NULL OR t.looked_at <= now() - make_interval(secs => ${everySeconds})
    ORDER BY t.looked_at NULLS FIRST, p.place LIMIT 1`;
  return row ?? null;
}

/** Takes or keeps the lease to search. @returns whether it is this holder's now */
export async function holdTuningLease(sql: Database, holder: string, seconds: number): Promise<boolean> {
  const rows = await sql`
    INSERT INTO ml_training_tuning_lease AS lease (holder, until)
    VALUES (${holder}, now() + make_interval(secs => ${seconds}))
    ON CONFLICT (only_row) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE lease.holder = excluded.holder OR lease.until < now()
    RETURNING holder`;
  return rows.length > 0;
}

/** Gives the lease back, so that the next one need not wait for its end. */
export async function leaveTuningLease(sql: Database, holder: string): Promise<void> {
  await sql`DELETE FROM ml_training_tuning_lease WHERE holder = ${holder}`;
}
