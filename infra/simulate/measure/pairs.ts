import type { Database } from '@ml-training/core';
import type { Trained } from './trained-model.ts';

const strategies = ['lstm', 'rl'] as const;
/** As many as a symbol needs to be trained, MIN_TRAINING_DATA_POINTS. */
const barsASymbol = 100;

/**
 * Fills a migrated, empty database with pairs that were trained once, an hour ago: bars, a job and the model in
 * use of each, all like a real training's, and a bar since. Needs a superuser, as triggers are passed over.
 */
export async function seedPairs(sql: Database, pairs: number, trained: Trained): Promise<void> {
  const symbols = Math.ceil(pairs / strategies.length);
  // No column of the registry, and large.
  const model = { ...trained.model, holdout: null };
  await sql.begin(async (tx) => {
    await tx`SET LOCAL session_replication_role = replica`;
    await tx`
      INSERT INTO market_data (time, symbol, open, high, low, close, volume)
      SELECT date_trunc('hour', now()) - bar * interval '1 hour', 'S' || lpad(s::text, 6, '0'), 100, 101, 99, 100 + bar % 5, 1000
      FROM generate_series(1, ${symbols}::int) s, generate_series(1, ${barsASymbol}::int) bar`;
    await tx`
      INSERT INTO ml_training_runs (trigger, scheduled_for, requested_at, finished_at)
      SELECT 'schedule', at, at, at + interval '5 minutes' FROM (SELECT date_trunc('hour', now()) - interval '1 hour') r (at)`;
    await tx`
      INSERT INTO ml_training_jobs (job_id, run_id, strategy_type, symbol, status, trigger, attempt, max_attempts, created_at, started_at,
        completed_at, trainer_id, lease_token, progress, result, newest_bars)
      SELECT md5('job' || n)::uuid, run_id, (${[...strategies]}::text[])[1 + n % 2], 'S' || lpad((1 + n / 2)::text, 6, '0'), 'completed',
        'schedule', 1, 4, requested_at, requested_at + interval '1 minute', requested_at + interval '62 seconds', 'trainer',
        gen_random_uuid(), 1, ${sql.json(trained.result as never)},
        jsonb_build_object('S' || lpad((1 + n / 2)::text, 6, '0'), requested_at - interval '1 hour')
      FROM ml_training_runs, generate_series(0, ${pairs - 1}::int) n`;
    await tx`
      INSERT INTO ml_model_registry
      SELECT m.* FROM ml_training_jobs j, jsonb_populate_record(NULL::ml_model_registry, ${sql.json(model as never)}::jsonb
        || jsonb_build_object('model_id', j.job_id, 'strategy_type', strategy_type, 'symbol', symbol, 'is_active', true,
             'created_at', completed_at, 'activated_at', completed_at, 'file_path', j.job_id || '.pkl', 'job_id', j.job_id,
             'withdrawn_at', NULL)) m`;
    await tx`
      INSERT INTO ml_training_totals (name, strategy_type, symbol, label, count, sum)
      SELECT 'ended', strategy_type, symbol, status, 1, 2 FROM ml_training_jobs
      UNION ALL
      SELECT 'kept', strategy_type, '', status, count(*), 0 FROM ml_training_jobs GROUP BY strategy_type, status`;
  });
  await sql`VACUUM ANALYZE`;
}
