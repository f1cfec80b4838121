import type { Database } from '../database/connect.ts';

/** No chain of warm starts is so long unless no training is ever from scratch. */
const maxAncestors = 50;
const maxChildren = 100;

/** A model as the tree of its family shows it. */
export interface Relative {
  readonly model_id: string;
  readonly parent_model_id: string | null;
  readonly strategy_type: string;
  readonly symbol: string;
  readonly created_at: Date;
  readonly is_active: boolean;
  readonly activated_at: Date | null;
  readonly decision: string;
  readonly metrics: Readonly<Record<string, unknown>>;
}

export interface Lineage {
  readonly model: Relative;
  /** The models that its training was warm-started from: parent, its parent and so on, 50 at most. */
  readonly ancestors: readonly Relative[];
  /**
   * Where the line ends at a model that is not registered any more (or beyond the 50), its id; null when it
   * ends at a full fit.
   */
  readonly continues_at: string | null;
  /** Models whose training was warm-started from this one, the newest 100. */
  readonly children: readonly Relative[];
  readonly more_children: boolean;
}

const columns = (sql: Database) => sql`
  m.model_id, m.parent_model_id, m.strategy_type, m.symbol, m.created_at, m.is_active, m.activated_at,
    m.decision,
  m.metrics - 'baselines' - 'intervals' AS metrics`;

/** Where a model comes from and what came of it; null when it is not registered (any more). */
export async function lineageOf(sql: Database, modelId: string): Promise<Lineage | null> {
  const [line, found] = await Promise.all([
    sql<Relative[]>`
      WITH RECURSIVE line (model_id, parent_model_id, depth) AS (
        SELECT model_id, parent_model_id, 0 FROM ml_model_registry WHERE model_id = ${modelId}
        UNION ALL
        SELECT p.model_id, p.parent_model_id, line.depth + 1
        FROM line JOIN ml_model_registry p ON p.model_id = line.parent_model_id
        WHERE line.depth < ${maxAncestors}
      )
      SELECT ${columns(sql)} FROM line JOIN ml_model_registry m USING (model_id) ORDER BY line.depth`,
    sql<Relative[]>`
      SELECT ${columns(sql)} FROM ml_model_registry m
      WHERE m.parent_model_id = ${modelId} ORDER BY m.created_at DESC LIMIT ${maxChildren + 1}`,
  ]);
  const [model, ...ancestors] = line;
  if (model === undefined) return null;
  return {
    model,
    ancestors,
    continues_at: (ancestors.at(-1) ?? model).parent_model_id,
    children: found.slice(0, maxChildren),
    more_children: found.length > maxChildren,
  };
}
