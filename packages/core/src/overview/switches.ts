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
}

/** Models that came into use after a known switch, oldest first; with null only the newest one. */
export async function switchesAfter(sql: Database, id: number | null): Promise<Switch[]> {
  return id === null
    ? sql<Switch[]>`SELECT id::float8 AS id, model_id FROM ml_training_announcements ORDER BY id DESC LIMIT 1`
    : sql<Switch[]>`
        SELECT id::float8 AS id, model_id FROM ml_training_announcements WHERE id > ${id} ORDER BY id
          LIMIT 100`;
}
