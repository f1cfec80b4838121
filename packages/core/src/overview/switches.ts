import type { Database } from '../database/connect.ts';
import type { Pair } from '../jobs/types.ts';

export interface SeenModel extends Pair {
  readonly model_id: string;
  readonly created_at: Date;
  readonly is_active: boolean;
}

/** The newest models, in use or not. */
export async function newestModels(sql: Database, limit: number): Promise<SeenModel[]> {
  return sql<SeenModel[]>`
    SELECT model_id, strategy_type, symbol, created_at, is_active FROM ml_model_registry
    ORDER BY created_at DESC, strategy_type, symbol LIMIT ${limit}`;
}

export interface Switch {
  /** Of its announcement, ascending. */
  readonly id: number;
  readonly model_id: string;
  /** False of one that gave way, or was taken out of use, meanwhile. */
  readonly is_active: boolean;
}

/**
 * Models that came into use, or went out of it without another, after a known switch, oldest first; with null
 * only the newest one.
 */
export async function switchesAfter(sql: Database, id: number | null): Promise<Switch[]> {
  return id === null
    ? sql<Switch[]>`${switches(sql)} ORDER BY a.id DESC LIMIT 1`
    : sql<Switch[]>`${switches(sql)} WHERE a.id > ${id} ORDER BY a.id LIMIT 100`;
}

const switches = (sql: Database) => sql`
  SELECT a.id::float8 AS id, a.model_id, coalesce(m.is_active, false) AS is_active
  FROM ml_training_announcements a LEFT JOIN ml_model_registry m USING (model_id)`;
