import { strategyTypes, type StrategyType } from '@ml-training/sdk';
import type postgres from 'postgres';
import type { Database } from '../database/connect.ts';
import type { Pair } from '../jobs/types.ts';
import { usualScoreOf } from '../registry/scores.ts';
/** The model in use of a pair, if any, and the newest one, whatever became of it. */
export interface Champion extends Pair {
  readonly model_id: string | null;
  readonly created_at: Date | null;
  readonly activated_at: Date | null;
  readonly newest_id: string;
  readonly newest_at: Date;
  /** Its first 400 letters. */
  readonly newest_decision: string;
  /** Whether it was refused as worse than its floor, or as the model in use once more. */
  readonly newest_below_floor: boolean;
  readonly newest_learnt_nothing: boolean;
  /** Whether there is a model to roll back to. */
  readonly has_previous: boolean;
}

/**
 * Every pair that has a model. Found by a step in the index from pair to pair, so the models that are no
 * longer in use, however many, aren't read. Strategies are asked for side by side, which halves the time on
 * two cores.
 */
export async function champions(sql: Database): Promise<Champion[]> {
  const found = await Promise.all(strategyTypes().map((strategy) => championsOf(sql, strategy)));
  return found.flat();
}

const championsOf = (sql: Database, strategy: StrategyType): Promise<Champion[]> =>
  // A step lands on the newest model of the next symbol, which most often is the one in use.
  sql<Champion[]>`
    WITH RECURSIVE newest AS (
      (${newestAfter(sql, sql`m.strategy_type = ${strategy}`)})
      UNION ALL
      SELECT n.* FROM newest k
      CROSS JOIN LATERAL (${newestAfter(
        sql,
        sql`m.strategy_type = k.strategy_type
        AND m.symbol > k.symbol`,
      )}) n)
    SELECT newest.strategy_type, newest.symbol,
           CASE WHEN newest.is_active THEN newest.model_id ELSE c.model_id END AS model_id,
           CASE WHEN newest.is_active THEN newest.created_at ELSE c.created_at END AS created_at,
           CASE WHEN newest.is_active THEN newest.activated_at ELSE c.activated_at END AS activated_at,
           newest.model_id AS newest_id, newest.created_at AS newest_at, newest.decision AS newest_decision,
           coalesce(newest.ground IN ('below_floor', 'no_edge'), false) AS newest_below_floor,
           coalesce(newest.ground = 'nothing_learnt', false) AS newest_learnt_nothing,
           previous.found IS NOT NULL AS has_previous
    FROM newest
    LEFT JOIN LATERAL (
      SELECT model_id, created_at, activated_at FROM ml_model_registry c
      WHERE NOT newest.is_active AND c.strategy_type = newest.strategy_type AND c.symbol = newest.symbol
        AND c.is_active
      LIMIT 1) c ON true
    LEFT JOIN LATERAL (
      SELECT true AS found FROM ml_model_registry o
      WHERE o.strategy_type = newest.strategy_type AND o.symbol = newest.symbol AND NOT o.is_active
        AND o.activated_at IS NOT NULL AND o.withdrawn_at IS NULL LIMIT 1) previous ON true`;

/**
 * A word that is another one whenever `champions` may have changed: by a new model, by one that came into
 * use, by a live score, by a job that ended. Only models that clean-up deletes, which are in no use, leave
 * it as it is. Takes a millisecond, however many models there are.
 */
export async function championsVersion(sql: Database): Promise<string> {
  const [row] = await sql<[{ version: string }]>`
    SELECT concat_ws(' ',
      (SELECT model_id FROM ml_model_registry ORDER BY created_at DESC, strategy_type, symbol LIMIT 1),
      (SELECT max(id) FROM ml_training_announcements),
      (SELECT max(looked_at) FROM ml_model_live_state),
      (SELECT string_agg(strategy_type || label || count, ' ' ORDER BY strategy_type, label)
       FROM ml_training_totals WHERE name = 'kept')) AS version`;
  return row.version;
}

/** The newest model of the first symbol that meets a condition. */
const newestAfter = (sql: Database, condition: postgres.Fragment) => sql`
  SELECT strategy_type, symbol, model_id, created_at, activated_at, is_active,
    left(decision, 400) AS decision, decision_facts ->> 'ground' AS ground
  FROM ml_model_registry m WHERE ${condition} ORDER BY symbol, created_at DESC LIMIT 1`;

/** The scores of a model that promotion goes by, as its report has them; they never change. */
export interface ModelScores {
  readonly model_id: string;
  /** Rows of its holdout. */
  readonly rows: number | null;
  /**
   * The compounded return of the holdout's back-test where
   * promotion goes by net returns, else the holdout's log loss.
   */
  readonly score: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The same score of each naive rule that has one. */
  readonly rules: Readonly<Record<string, number>> | null;
}

export async function modelScores(sql: Database, ids: readonly string[]): Promise<ModelScores[]> {
  if (ids.length === 0) return [];
  const number = (of: ReturnType<typeof sql>) =>
    sql`CASE jsonb_typeof(${of}) WHEN 'number' THEN (${of})::float8 END`;
  return sql<ModelScores[]>`
    SELECT model_id, ${number(sql`metrics -> 'rows'`)} AS rows, ${number(sql`metrics -> usual`)} AS score,
           ${number(sql`metrics #> ARRAY['intervals', usual, 'low']`)} AS low,
           ${number(sql`metrics #> ARRAY['intervals', usual, 'high']`)} AS high,
           CASE WHEN jsonb_typeof(metrics -> 'baselines') = 'object' THEN (
             SELECT jsonb_object_agg(rule.key, rule.value -> usual)
             FROM jsonb_each(metrics -> 'baselines') rule
               WHERE jsonb_typeof(rule.value -> usual) = 'number') END AS rules
    FROM ml_model_registry m, LATERAL (SELECT ${usualScoreOf(sql, sql`m.strategy_type`)}) s (usual)
    WHERE model_id = ANY (${ids as string[]}::uuid[])`;
}
