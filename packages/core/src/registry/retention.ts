import type { Database } from '../database/connect.ts';

export interface Expired {
  readonly model_id: string;
  readonly file_path: string;
}

/** Rows looked at by one statement: some milliseconds, for which nobody waits long. */
const batch = 1000;

/**
 * Removes the rows of inactive models older than `days` and gives them batch by batch, so that their files
 * can follow. A pair's active model stays, the one that was active before it, and the one that a roll-back
 * would put in use: another than that before, when a person has just rolled back from it.
 */
export async function* expireModels(sql: Database, days: number): AsyncGenerator<readonly Expired[]> {
  // By a cursor, as models that stay would be looked at again by every batch.
  let after = null as Batch['last'];
  do {
    const [row] = await sql<[Batch]>`
      WITH looked_at AS MATERIALIZED (
        SELECT model_id, created_at FROM ml_model_registry
        WHERE NOT is_active AND created_at < now() - make_interval(days => ${days})
          AND (created_at, model_id) >
              (${after?.created_at ?? '-infinity'}::text::timestamptz, ${after?.model_id ?? noModel}::uuid)
        ORDER BY created_at, model_id LIMIT ${batch}
      ), deleted AS (
        DELETE FROM ml_model_registry m USING looked_at l
        WHERE m.model_id = l.model_id AND ${isUnneeded(sql)}
        RETURNING m.model_id, m.file_path
      )
      SELECT (SELECT jsonb_build_object('created_at', created_at, 'model_id', model_id) FROM looked_at
              ORDER BY created_at DESC, model_id DESC LIMIT 1) AS last,
             (SELECT coalesce(jsonb_agg(deleted), '[]') FROM deleted) AS expired`;
    if (row.expired.length > 0) yield row.expired;
    after = row.last;
  } while (after !== null);
}

/** The models that expireModels would remove now, oldest first. */
export async function listExpiredModels(sql: Database, days: number): Promise<Expired[]> {
  return sql<Expired[]>`
    SELECT model_id, file_path FROM ml_model_registry m
    WHERE NOT is_active AND created_at < now() - make_interval(days => ${days}) AND ${isUnneeded(sql)}
    ORDER BY created_at, model_id`;
}

/** Of a model m: it is not in use, and no roll-back leads to it. */
const isUnneeded = (sql: Database) => sql`
  NOT m.is_active AND (
    m.activated_at IS NULL
    OR EXISTS (
      SELECT FROM ml_model_registry later
      WHERE later.strategy_type = m.strategy_type AND later.symbol = m.symbol AND NOT later.is_active
        AND later.activated_at > m.activated_at
        -- One that was rolled back from is passed over by the next roll-back, but never passes another over.
        AND (m.withdrawn_at IS NOT NULL OR later.withdrawn_at IS NULL)))`;

/** Below every other in order. */
const noModel = '00000000-0000-0000-0000-000000000000';

interface Batch {
  readonly last: { readonly created_at: string; readonly model_id: string } | null;
  readonly expired: readonly Expired[];
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
