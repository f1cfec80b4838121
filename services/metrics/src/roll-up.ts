import { heldSeconds, type Database } from '@ml-training/core';

export const rollUpSeconds = 60;

/**
 * Writes the guide's key metrics as they are now into ml_training_metrics, under the start of the current
 * minute: however many instances write, and however often, a minute has one value a metric. Of a model in use a
 * value is written when it is another one than the last, and once a day.
 * @returns number of values written
 */
export async function rollUp(sql: Database): Promise<number> {
  const rows = await sql`
    INSERT INTO ml_training_metrics (time, name, strategy_type, symbol, value)
    SELECT date_bin(make_interval(secs => ${rollUpSeconds}), now(), 'epoch'), name, strategy_type, symbol,
      value FROM (
      SELECT 'jobs_' || s.status, t.strategy_type, '', coalesce(sum(k.count), 0)::float8
      FROM (VALUES ('queued'), ('running'), ('completed'), ('failed'), ('cancelled')) s (status)
      CROSS JOIN ml_strategies t
      LEFT JOIN (
        SELECT strategy_type, label, count FROM ml_training_totals WHERE name = 'ended'
        UNION ALL
        SELECT strategy_type, status, 1 FROM ml_training_jobs WHERE status IN ('queued', 'running')
      ) k (strategy_type, status, count) USING (strategy_type, status)
      GROUP BY 1, 2
      UNION ALL
      SELECT 'total_training_time_seconds', strategy_type, '', sum(sum)
      FROM ml_training_totals WHERE name = 'ended' AND label = 'completed' GROUP BY strategy_type
      UNION ALL
      SELECT 'active_models', strategy_type, '', count(*)::float8
      FROM ml_model_registry WHERE is_active GROUP BY strategy_type
      UNION ALL
      -- A regression has a rank IC, what learns to hold a return, all others an accuracy.
      SELECT m.name, r.strategy_type, r.symbol, m.value
      FROM ml_model_registry r JOIN ml_strategies s USING (strategy_type),
      LATERAL (
        SELECT CASE WHEN s.score = 'return' THEN 'model_return' WHEN metrics ? 'rank_ic' THEN 'model_rank_ic'
                 ELSE 'model_accuracy' END AS name,
               CASE WHEN s.score = 'return' THEN metrics ->> 'return'
                 ELSE coalesce(metrics ->> 'rank_ic', metrics ->> 'accuracy') END::float8 AS value
      ) m
      WHERE is_active AND NOT EXISTS (
        SELECT FROM (
          SELECT time, value FROM ml_training_metrics k
          WHERE k.name = m.name AND k.strategy_type = r.strategy_type AND k.symbol = r.symbol
          ORDER BY time DESC LIMIT 1) last
        WHERE last.value = m.value AND last.time > now() - make_interval(secs => ${heldSeconds}))
      UNION ALL
      SELECT 'last_training_run_timestamp_seconds', '', '', extract(epoch FROM max(requested_at))::float8
      FROM ml_training_runs HAVING count(*) > 0
    ) m (name, strategy_type, symbol, value)
    WHERE value IS NOT NULL
    ON CONFLICT (name, strategy_type, symbol, time) DO UPDATE SET value = excluded.value
    RETURNING name`;
  return rows.length;
}
