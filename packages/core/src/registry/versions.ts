import { strategyTypes } from '@ml-training/sdk';
import type { Database } from '../database/connect.ts';
import {
  naiveRules,
  scoreNames,
  scoreOf,
  scorePartsOf,
  usualScore,
  usualScoreOf,
  type Score,
  type ScoreName,
} from './scores.ts';
import type { RegisteredModel } from './types.ts';

/** A model as lists show it: no more than its score and its place among the others. */
export interface Version {
  readonly model_id: string;
  readonly strategy_type: string;
  readonly symbol: string;
  readonly created_at: Date;
  readonly is_active: boolean;
  /** When it last came into use; null when it never was. */
  readonly activated_at: Date | null;
  readonly decision: string;
  /** Last bar that anything in it was fitted or chosen on. */
  readonly data_to: Date;
  /** Of a model that was refitted, that of what was judged, whose holdout comes after; null of any other. */
  readonly judged_data_to: Date | null;
  /** Rows of its holdout. */
  readonly rows: number | null;
  readonly score: Score;
}

type Row = Omit<Version, 'score' | 'rows'> & {
  readonly rows: unknown;
  readonly value: unknown;
  readonly interval: unknown;
  readonly rules: readonly unknown[];
};

/** @param score null: that of each model's strategy */
const columns = (sql: Database, score: ScoreName | null) => {
  const name = score === null ? usualScoreOf(sql, sql`m.strategy_type`) : sql`${score}::text`;
  const rules = naiveRules
    .map((rule) => sql`m.metrics -> 'baselines' -> ${rule}::text -> ${name}`)
    .reduce((before, one) => sql`${before}, ${one}`);
  return sql`
    m.model_id, m.strategy_type, m.symbol, m.created_at, m.is_active, m.activated_at, m.decision, m.data_to,
    m.judged_data_to,
    m.metrics -> 'rows' AS rows, m.metrics -> ${name} AS value,
      m.metrics -> 'intervals' -> ${name} AS interval,
    -- Rule by rule: to unpack them all takes ten times as long.
    jsonb_build_array(${rules}) AS rules`;
};

function versionFrom({ value, interval, rules, rows, ...row }: Row, score: ScoreName | null): Version {
  return {
    ...row,
    rows: typeof rows === 'number' ? rows : null,
    score: scoreOf(score ?? usualScore(row.strategy_type), { value, interval, rules }),
  };
}

/** What lists show of a whole row. */
export function versionOf(model: RegisteredModel, score: ScoreName | null = null): Version {
  const { model_id, strategy_type, symbol, created_at, is_active, activated_at, decision } = model;
  const { data_to, judged_data_to, metrics } = model;
  const named = { model_id, strategy_type, symbol };
  const row = { ...named, created_at, is_active, activated_at, decision, data_to, judged_data_to };
  const name = score ?? usualScore(strategy_type);
  return versionFrom({ ...row, rows: metrics['rows'], ...scorePartsOf(metrics, name) }, name);
}

/** Where a page of models ended, in their order: newest first, then by strategy and symbol. */
export interface ModelPlace {
  /** As PostgreSQL prints it, to the microsecond. */
  readonly created_at: string;
  readonly strategy_type: string;
  readonly symbol: string;
  readonly model_id: string;
}

export interface ModelFilter {
  readonly strategyType?: string | undefined;
  readonly symbol?: string | undefined;
  /** Only those in use, or only the others. */
  readonly active?: boolean | undefined;
  /** Made at this time or later. */
  readonly since?: Date | undefined;
}

/**
 * A page of models, newest first.
 * @param page.after where the page before ended
 * @param page.score which score they come with; null for that of their strategy
 */
export async function pageOfModels(
  sql: Database,
  { strategyType, symbol, active, since }: ModelFilter,
  page: { readonly limit: number; readonly after?: ModelPlace | null; readonly score?: ScoreName | null },
): Promise<{ readonly models: readonly Version[]; readonly next: ModelPlace | null }> {
  const { limit, after = null, score = null } = page;
  // What isn't asked for is not in the statement: each combination has an index that its rows come from in
  // their order.
  const among = [
    strategyType === undefined
      ? symbol === undefined
        ? null
        : sql`m.strategy_type = kind`
      : sql`m.strategy_type = ${strategyType}`,
    symbol === undefined ? null : sql`m.symbol = ${symbol}`,
    active === undefined ? null : active ? sql`m.is_active` : sql`NOT m.is_active`,
    since === undefined ? null : sql`m.created_at >= ${since}`,
    after === null
      ? null
      : // The first part alone is what an index can begin at; models of one moment are few.
        sql`m.created_at <= ${after.created_at}::text::timestamptz
            AND (m.created_at < ${after.created_at}::text::timestamptz
                 OR (m.strategy_type, m.symbol, m.model_id) > (${after.strategy_type}, ${after.symbol},
                   ${after.model_id}::uuid))`,
  ].filter((one) => one !== null);
  const where = among.reduce((all, one, i) => (i === 0 ? sql`WHERE ${one}` : sql`${all} AND ${one}`), sql``);
  // One more than asked for says whether there is a next page.
  const found = sql`
    SELECT m.model_id, m.created_at, m.strategy_type, m.symbol FROM ml_model_registry m ${where}
    ORDER BY m.created_at DESC, m.strategy_type, m.symbol, m.model_id LIMIT ${limit + 1}`;
  // Indexes begin with the strategy: of a symbol alone, the newest of each strategy are found one by one.
  const each =
    strategyType === undefined && symbol !== undefined
      ? sql`SELECT each.* FROM unnest(${[...strategyTypes()]}::text[]) kind, LATERAL (${found}) each`
      : found;
  const rows = await sql<(Row & { place: string })[]>`
    SELECT ${columns(sql, score)}, m.created_at::text AS place
    FROM (${each}) found JOIN ml_model_registry m USING (model_id)
    ORDER BY m.created_at DESC, m.strategy_type, m.symbol, m.model_id LIMIT ${limit + 1}`;
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    models: rows.slice(0, limit).map(({ place: _place, ...row }) => versionFrom(row, score)),
    next:
      last === undefined
        ? null
        : {
            created_at: last.place,
            strategy_type: last.strategy_type,
            symbol: last.symbol,
            model_id: last.model_id,
          },
  };
}

/** A strategy and symbol: its model in use, and the newest of its others. */
export interface PairModels {
  readonly strategy_type: string;
  readonly symbol: string;
  readonly champion: Version | null;
  /** Newest model that is not in use; null where there is none. */
  readonly newest: Version | null;
}

/**
 * Every pair that has a model, by strategy and symbol, `limit` of them beyond `after`.
 * @param score null: that of each strategy
 */
export async function pairsOfModels(
  sql: Database,
  options: {
    readonly limit: number;
    readonly after?: { readonly strategy_type: string; readonly symbol: string } | null;
    readonly score?: ScoreName | null;
  },
): Promise<PairModels[]> {
  const { limit, after = null, score = null } = options;
  const start = after ?? { strategy_type: '', symbol: '' };
  // Pairs are found by steps in the index, however many models each has. (An order by the database's
  // collation, as the index.)
  const rows = await sql<
    { strategy_type: string; symbol: string; champion: string | null; newest: string | null }[]
  >`
    WITH RECURSIVE pair (strategy_type, symbol, nr) AS (
      (SELECT strategy_type, symbol, 1 FROM ml_model_registry
       WHERE (strategy_type, symbol) > (${start.strategy_type}, ${start.symbol})
       ORDER BY strategy_type, symbol LIMIT 1)
      UNION ALL
      SELECT next.strategy_type, next.symbol, pair.nr + 1 FROM pair, LATERAL (
        SELECT strategy_type, symbol FROM ml_model_registry m
        WHERE (m.strategy_type, m.symbol) > (pair.strategy_type, pair.symbol)
        ORDER BY m.strategy_type, m.symbol LIMIT 1) next
      WHERE pair.nr < ${limit}
    )
    SELECT pair.strategy_type, pair.symbol,
      (SELECT model_id FROM ml_model_registry m
       WHERE m.strategy_type = pair.strategy_type AND m.symbol = pair.symbol AND m.is_active) AS champion,
      (SELECT model_id FROM ml_model_registry m
       WHERE m.strategy_type = pair.strategy_type AND m.symbol = pair.symbol AND NOT m.is_active
       ORDER BY m.created_at DESC LIMIT 1) AS newest
    FROM pair ORDER BY nr`;
  const versions = await versionsById(
    sql,
    rows.flatMap(({ champion, newest }) => [champion, newest]),
    score,
  );
  const find = (id: string | null): Version | null => (id === null ? null : (versions.get(id) ?? null));
  return rows.map(({ strategy_type, symbol, champion, newest }) => ({
    strategy_type,
    symbol,
    champion: find(champion),
    newest: find(newest),
  }));
}

async function versionsById(
  sql: Database,
  ids: readonly (string | null)[],
  score: ScoreName | null,
): Promise<Map<string, Version>> {
  const rows = await sql<Row[]>`
    SELECT ${columns(sql, score)}
    FROM unnest(${ids.filter((id) => id !== null)}::uuid[]) id,
         -- One by one by the key: joined, PostgreSQL may read the whole table for some hundreds of them.
         LATERAL (SELECT * FROM ml_model_registry r WHERE r.model_id = id LIMIT 1) m`;
  return new Map(rows.map((row) => [row.model_id, versionFrom(row, score)]));
}

/** Scores of a pair's models over time, oldest first: the newest `limit` of them. */
export async function versionsOfPair(
  sql: Database,
  pair: { readonly strategyType: string; readonly symbol: string },
  { score, limit }: { readonly score: ScoreName | null; readonly limit: number },
): Promise<Version[]> {
  const { models } = await pageOfModels(sql, pair, { limit, score });
  return models.toReversed();
}

export const isScoreName = (name: string): name is ScoreName => scoreNames.some((one) => one === name);
