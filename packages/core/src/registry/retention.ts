import type { Database } from '../database/connect.ts';

/** What a model may go by. */
export interface ModelRetention {
  /** MODEL_RETENTION_DAYS: inactive models older than this go. */
  readonly days: number;
  /** MODEL_KEEP_LAST: of a pair's models those go that so many are newer than; 0 or left out: none does. */
  readonly keepLast?: number;
}

export interface Expired {
  readonly model_id: string;
  readonly file_path: string;
  readonly why: Why;
}
type Why = (typeof whys)[keyof typeof whys];
const whys = { old: 'past MODEL_RETENTION_DAYS', many: 'beyond MODEL_KEEP_LAST' } as const;

/** Rows looked at by one statement: some milliseconds, for which nobody waits long. */
const batch = 1000;

/**
 * Removes the rows of inactive models that are older than their retention or beyond the newest of their pair,
 * and gives them batch by batch, so that their files can follow. A pair's active model stays, the one that was
 * active before it, and the one that a roll-back would put in use: another than that before, when a person has
 * just rolled back from it.
 */
export async function* expireModels(
  sql: Database,
  { days, keepLast = 0 }: ModelRetention,
): AsyncGenerator<readonly Expired[]> {
  yield* expireOld(sql, days);
  if (keepLast > 0) yield* expireMany(sql, keepLast);
}

async function* expireOld(sql: Database, days: number): AsyncGenerator<readonly Expired[]> {
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
    if (row.expired.length > 0) yield row.expired.map((model) => ({ ...model, why: whys.old }));
    after = row.last;
  } while (after !== null);
}

async function* expireMany(sql: Database, keepLast: number): AsyncGenerator<readonly Expired[]> {
  const pairs = await sql<{ strategy_type: string; symbol: string }[]>`
    SELECT strategy_type, symbol FROM ml_model_registry
    GROUP BY strategy_type, symbol HAVING count(*) > ${keepLast} ORDER BY strategy_type, symbol`;
  for (const { strategy_type, symbol } of pairs) {
    let expired: readonly Omit<Expired, 'why'>[];
    do {
      expired = await sql<Omit<Expired, 'why'>[]>`
        DELETE FROM ml_model_registry WHERE NOT is_active AND model_id IN (
          SELECT model_id FROM ml_model_registry m
          WHERE strategy_type = ${strategy_type} AND symbol = ${symbol}
            -- Older than the last one that is kept.
            AND created_at < (
              SELECT created_at FROM ml_model_registry
              WHERE strategy_type = ${strategy_type} AND symbol = ${symbol}
              ORDER BY created_at DESC OFFSET ${keepLast - 1} LIMIT 1)
            AND ${isUnneeded(sql)}
          LIMIT ${batch})
        RETURNING model_id, file_path`;
      if (expired.length > 0) yield expired.map((model) => ({ ...model, why: whys.many }));
    } while (expired.length === batch);
  }
}

/** The models that expireModels would remove now, oldest first. */
export async function listExpiredModels(
  sql: Database,
  { days, keepLast = 0 }: ModelRetention,
): Promise<Expired[]> {
  return sql<Expired[]>`
    SELECT model_id, file_path, CASE WHEN old THEN ${whys.old} ELSE ${whys.many} END AS why
    FROM (
      SELECT *, created_at < now() - make_interval(days => ${days}) AS old,
        -- Those of one moment count as one: none of them is older than the other.
        rank() OVER (PARTITION BY strategy_type, symbol ORDER BY created_at DESC) AS place
      FROM ml_model_registry) m
    WHERE NOT is_active AND (old OR (${keepLast} > 0 AND place > ${keepLast})) AND ${isUnneeded(sql)}
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
  readonly expired: readonly Omit<Expired, 'why'>[];
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

/** Path and sum of every model, or of those in use. */
export async function modelFilesOf(
  sql: Database,
  { active }: { readonly active: boolean },
): Promise<readonly { readonly file_path: string; readonly sha256: string; readonly size_bytes: string }[]> {
  return sql`
    SELECT file_path, sha256, size_bytes FROM ml_model_registry
    WHERE is_active OR ${!active} ORDER BY file_path`;
}

/** Forgets an inactive model whose file is gone. */
export async function forgetModel(sql: Database, modelId: string): Promise<void> {
  await sql`DELETE FROM ml_model_registry WHERE model_id = ${modelId} AND NOT is_active`;
}
