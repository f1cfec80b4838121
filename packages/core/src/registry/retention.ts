import type { Database } from '../database/connect.ts';

export interface Expired {
  readonly model_id: string;
  readonly file_path: string;
}

/**
 * Removes the rows of inactive models older than `days` and returns them, so that their files can follow. A pair's
 * active model stays, the one that was active before it, and the one that a roll-back would put in use: another than
 * that before, when a person has just rolled back from it.
 */
export async function expireModels(sql: Database, days: number): Promise<Expired[]> {
  return sql<Expired[]>`
    DELETE FROM ml_model_registry WHERE model_id IN (
      SELECT model_id FROM (
        SELECT model_id, strategy_type, symbol, created_at, is_active,
               activated_at IS NOT NULL AND NOT is_active AND row_number() OVER (
                 PARTITION BY strategy_type, symbol, is_active ORDER BY activated_at DESC NULLS LAST) = 1 AS was_before
        FROM ml_model_registry) m
      WHERE NOT is_active AND NOT was_before AND created_at < now() - make_interval(days => ${days})
        AND model_id IS DISTINCT FROM ml_model_previous(strategy_type, symbol))
    RETURNING model_id, file_path`;
}

export interface RegisteredFile {
  readonly modelId: string;
  readonly active: boolean;
  readonly ageMs: number;
}

/** Every registered model by its file_path. */
export async function registeredFiles(sql: Database): Promise<Map<string, RegisteredFile>> {
  const rows = await sql<(RegisteredFile & { file_path: string })[]>`
    SELECT file_path, model_id AS "modelId", is_active AS active,
           1000 * extract(epoch FROM now() - created_at)::float8 AS "ageMs"
    FROM ml_model_registry`;
  return new Map(rows.map(({ file_path, ...row }) => [file_path, row]));
}

/** Forgets an inactive model whose file is gone. */
export async function forgetModel(sql: Database, modelId: string): Promise<void> {
  await sql`DELETE FROM ml_model_registry WHERE model_id = ${modelId} AND NOT is_active`;
}
