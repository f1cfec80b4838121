import type { Database } from '../database/connect.ts';
import { withDeadline } from '../deadline.ts';
import type { RegisteredModel } from './types.ts';

/** Longer than ml_model_activate waits for a lock. */
const answerMs = 15_000;

/**
 * Models whose model_id begins with `start`, newest first, 20 at most; none for what no model_id begins with.
 */
export async function modelsByPrefix(sql: Database, start: string): Promise<RegisteredModel[]> {
  const text = start.toLowerCase();
  const digits = text.replaceAll('-', '');
  if (!/^[0-9a-f]{0,32}$/.test(digits)) return [];
  // MATERIALIZED: else PostgreSQL may look through the models by age, in the belief that a range of ids holds
  // many of them.
  return sql<RegisteredModel[]>`
    WITH found AS MATERIALIZED (
      SELECT * FROM ml_model_registry
      WHERE model_id BETWEEN ${digits.padEnd(32, '0')}::uuid AND ${digits.padEnd(32, 'f')}::uuid
        AND starts_with(model_id::text, ${text}))
    SELECT * FROM found ORDER BY created_at DESC LIMIT 20`;
}

/** The model that a roll-back of the pair would put in use; null when there is none. */
export async function previousModel(
  sql: Database,
  strategyType: string,
  symbol: string,
): Promise<RegisteredModel | null> {
  const [model] = await sql<RegisteredModel[]>`
    SELECT * FROM ml_model_registry WHERE model_id = ml_model_previous(${strategyType}, ${symbol})`;
  return model ?? null;
}

/** What a switch by hand came to; see functions/ml_model_activate.sql. */
export type SwitchOutcome = 'switched' | 'already' | 'missing' | 'changed';

export type SwitchBy = { readonly how: 'promote' } | { readonly how: 'rollback'; readonly inPlaceOf: string };

/**
 * Puts a model in use in place of the one that is, in one statement. Does not look at its file.
 * @throws what the database says; when the connection was lost, whether it was done is not known
 */
export async function activateModel(sql: Database, modelId: string, by: SwitchBy): Promise<SwitchOutcome> {
  const inPlaceOf = by.how === 'rollback' ? by.inPlaceOf : null;
  const asked = sql<[{ outcome: SwitchOutcome }]>`
    SELECT ml_model_activate(${modelId}, ${by.how}, ${inPlaceOf}) AS outcome`;
  const [row] = await withDeadline(asked, answerMs, 'switching models');
  return row.outcome;
}
