import type { Watcher } from './hub.ts';

/** A row may be seen so late after its own time: what registers models takes no longer. */
const lateSeconds = 120;
/** More at once and the page asks for everything anyway. */
const most = 500;

interface Seen {
  readonly key: string;
  readonly what: 'registered' | 'in use';
  readonly model_id: string;
  readonly strategy_type: string;
  readonly symbol: string;
}

/** Tells of models that were registered and of those that came into use, whoever did it. */
export function watchModels(): Watcher {
  let known: ReadonlySet<string> | null = null;
  return async (sql) => {
    // By time and not by what came last: rows of transactions that began earlier may be seen later.
    const rows = await sql<Seen[]>`
      (SELECT 'm' || model_id AS key, 'registered' AS what, model_id, strategy_type, symbol FROM ml_model_registry
       WHERE created_at > now() - make_interval(secs => ${lateSeconds}) ORDER BY created_at DESC LIMIT ${most})
      UNION ALL
      (SELECT 'a' || a.id, 'in use', m.model_id, m.strategy_type, m.symbol
       FROM (SELECT id, model_id, made_at FROM ml_training_announcements ORDER BY id DESC LIMIT ${most}) a
       JOIN ml_model_registry m USING (model_id)
       WHERE a.made_at > now() - make_interval(secs => ${lateSeconds}))`;
    const before = known;
    known = new Set(rows.map(({ key }) => key));
    return rows.flatMap(({ key, ...data }) =>
      before === null || before.has(key) ? [] : [{ topic: 'models' as const, data }],
    );
  };
}
