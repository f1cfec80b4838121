import type { Database } from '../database/connect.ts';
import type { DecisionFacts, RegisteredModel } from './types.ts';

/** The model that bots use now; null when the pair has none. */
export async function activeModel(
  sql: Database,
  strategyType: string,
  symbol: string,
): Promise<RegisteredModel | null> {
  const [model] = await sql<RegisteredModel[]>`
    SELECT * FROM ml_model_registry WHERE strategy_type = ${strategyType} AND symbol = ${symbol}
      AND is_active`;
  return model ?? null;
}

/**
 * In how many runs in a row a model in use could not be compared with a new one, by the decision on the
 * newest of its pair.
 */
export async function incomparableRuns(
  sql: Database,
  { model_id, strategy_type, symbol }: RegisteredModel,
): Promise<number> {
  const [newest] = await sql<{ facts: DecisionFacts | null }[]>`
    SELECT decision_facts AS facts FROM ml_model_registry
    WHERE strategy_type = ${strategy_type} AND symbol = ${symbol} ORDER BY created_at DESC LIMIT 1`;
  return newest?.facts?.champion_id === model_id ? newest.facts.incomparable_runs : 0;
}

/** Models, newest first; with `active` only those in use. */
export async function listModels(
  sql: Database,
  filter: { active: boolean; limit: number },
): Promise<RegisteredModel[]> {
  // Not one condition for both: each has an index of its own.
  return sql<RegisteredModel[]>`
    SELECT * FROM ml_model_registry ${filter.active ? sql`WHERE is_active` : sql``}
    ORDER BY created_at DESC, strategy_type, symbol LIMIT ${filter.limit}`;
}

/**
 * The newest model in use of a strategy, whichever of the symbols it is for; null when none of them has one.
 */
export async function newestActiveModel(
  sql: Database,
  strategyType: string,
  symbols: readonly string[],
): Promise<RegisteredModel | null> {
  const [model] = await sql<RegisteredModel[]>`
    SELECT * FROM ml_model_registry
    WHERE strategy_type = ${strategyType} AND symbol = ANY (${symbols as string[]}) AND is_active
    ORDER BY created_at DESC, symbol LIMIT 1`;
  return model ?? null;
}

/** How many trainings were warm-started since the last one from scratch, whatever became of them. */
export async function trainingsSinceFullFit(
  sql: Database,
  strategyType: string,
  symbols: readonly string[],
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    WITH asked AS (SELECT DISTINCT unnest(${symbols as string[]}::text[]) AS symbol), full_fit AS (
      SELECT coalesce(max(newest.created_at), '-infinity') AS at FROM asked, LATERAL (
        SELECT created_at FROM ml_model_registry m
        WHERE strategy_type = ${strategyType} AND m.symbol = asked.symbol AND parent_model_id IS NULL
        ORDER BY created_at DESC LIMIT 1) newest)
    SELECT count(DISTINCT since.job_id)::int AS count FROM asked, full_fit, LATERAL (
      SELECT job_id FROM ml_model_registry m
      WHERE strategy_type = ${strategyType} AND m.symbol = asked.symbol AND created_at > full_fit.at) since`;
  return row?.count ?? 0;
}

/** A model by its id, in use or not; null when it isn't registered (any more). */
export async function findModel(sql: Database, modelId: string): Promise<RegisteredModel | null> {
  const [model] = await sql<RegisteredModel[]>`SELECT * FROM ml_model_registry WHERE model_id = ${modelId}`;
  return model ?? null;
}

/** The ids of a job's models by symbol: of a job over all symbols, one each. */
export async function modelsOfJob(sql: Database, jobId: string): Promise<Map<string, string>> {
  const rows = await sql<{ symbol: string; model_id: string }[]>`
    SELECT symbol, model_id FROM ml_model_registry WHERE job_id = ${jobId}`;
  return new Map(rows.map(({ symbol, model_id }) => [symbol, model_id]));
}

type SharedFile = Pick<RegisteredModel, 'job_id' | 'sha256'>;

/**
 * How many registered models share each one's file: those of its job with the same bytes, itself included, as a
 * job over all symbols writes them once. 1 of a model whose file is its own.
 */
export async function sharersOf(
  sql: Database,
  models: readonly SharedFile[],
): Promise<(model: SharedFile) => number> {
  const key = ({ job_id, sha256 }: SharedFile): string => `${job_id ?? ''} ${sha256}`;
  const jobs = [...new Set(models.map(({ job_id }) => job_id))].filter((id) => id !== null);
  const rows = await sql<(SharedFile & { count: number })[]>`
    SELECT job_id, sha256, count(*)::int AS count FROM ml_model_registry
    WHERE job_id = ANY (${jobs}::uuid[]) GROUP BY job_id, sha256`;
  const counts = new Map(rows.map((row) => [key(row), row.count]));
  return (model) => counts.get(key(model)) ?? 1;
}

/** Whether it was refused as worse than knowing nothing, or as not found to know anything. */
export const isBelowFloor = ({ decision_facts }: Pick<RegisteredModel, 'decision_facts'>): boolean =>
  decision_facts?.ground === 'below_floor' || decision_facts?.ground === 'no_edge';

/** What to say to who asks for the model in use of a pair that has none. */
export async function noModelWords(sql: Database, strategyType: string, symbol: string): Promise<string> {
  const named = 20;
  const inUse = await sql<{ symbol: string }[]>`
    SELECT symbol FROM ml_model_registry WHERE strategy_type = ${strategyType} AND is_active
    ORDER BY symbol LIMIT ${named + 1}`;
  const symbols = inUse.slice(0, named).map((row) => row.symbol);
  const others =
    inUse.length === 0
      ? 'none of any symbol'
      : `there is one for ${symbols.join(', ')}${inUse.length > named ? ' and others' : ''}`;
  return (
    `${strategyType} has no model in use for ${symbol} (${others}): ask for one with "ml train", ` +
    'or promote one of "ml models --all" with "ml promote MODEL"' +
    (await newestRefused(sql, strategyType, symbol))
  );
}

/** What became of the newest model of a pair, to be said after there is none in use; empty without one. */
export async function newestRefused(sql: Database, strategyType: string, symbol: string): Promise<string> {
  const [newest] = await sql<Pick<RegisteredModel, 'created_at' | 'decision' | 'decision_facts'>[]>`
    SELECT created_at, decision, decision_facts FROM ml_model_registry
    WHERE strategy_type = ${strategyType} AND symbol = ${symbol} ORDER BY created_at DESC LIMIT 1`;
  if (newest === undefined) return '';
  const floor = isBelowFloor(newest) ? 'No model passed the floor yet. ' : '';
  const made = newest.created_at.toISOString().slice(0, 16).replace('T', ' ');
  return `. ${floor}The newest, of ${made} UTC: ${newest.decision}`;
}
