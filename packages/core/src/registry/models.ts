import type { Database } from '../database/connect.ts';
import type { RegisteredModel } from './types.ts';

/** The model that bots use now; null when the pair has none. */
export async function activeModel(
  sql: Database,
  strategyType: string,
  symbol: string,
): Promise<RegisteredModel | null> {
  const [model] = await sql<RegisteredModel[]>`
    SELECT * FROM ml_model_registry WHERE strategy_type = ${strategyType} AND symbol = ${symbol} AND is_active`;
  return model ?? null;
}

/** Models, newest first; with `active` only those in use. */
export async function listModels(
  sql: Database,
  filter: { active: boolean; limit: number },
): Promise<RegisteredModel[]> {
  return sql<RegisteredModel[]>`
    SELECT * FROM ml_model_registry WHERE is_active OR NOT ${filter.active}
    ORDER BY created_at DESC, strategy_type, symbol LIMIT ${filter.limit}`;
}
