import type postgres from 'postgres';

/** How much a database holds that has been in use for long. */
export interface History {
  /** Ended jobs, every thousandth of them open instead; the newest first_run of them in one run. */
  readonly jobs: number;
  /** Newest models, of the newest completed jobs; one a pair is in use. */
  readonly models: number;
  readonly symbols: number;
  readonly barsASymbol: number;
}

/**
 * Fills a migrated, empty database with years of a fleet's life, made in
 * the database and not by the fleet: 100,000 jobs with results of a real
 * job's size in about 5 s. Needs a superuser, as triggers are passed over.
 */
export async function seedHistory(sql: postgres.Sql, history: History): Promise<void> {
  const { jobs, models, symbols, barsASymbol } = history;
  await sql.begin(async (tx) => {
    await tx`SET LOCAL session_replication_role = replica`;
    await tx`
      INSERT INTO market_data (time, symbol, open, high, low, close, volume)
      SELECT '2020-01-01T00:00Z'::timestamptz + bar * interval '1 hour', 'S' || lpad(s::text, 4, '0'),
             100 + bar % 7, 101 + bar % 7, 99 + bar % 7, 100 + bar % 5, 1000
      FROM generate_series(1, ${symbols}::int) s, generate_series(1, ${barsASymbol}::int) bar`;
    // A run a pair's turn: as many jobs as there are pairs.
    const pairs = 3 * symbols;
    await tx`
      INSERT INTO ml_training_runs (run_id, trigger, scheduled_for, requested_at, finished_at)
      SELECT md5('run' || run)::uuid, 'schedule', made, made, CASE WHEN run > 0 THEN made + interval '1 hour' END
      FROM generate_series(0, ${Math.floor((jobs - 1) / pairs)}::int) run,
           LATERAL (SELECT now() - (run + 1) * interval '8 hours') m (made)`;
    await tx`CREATE TEMPORARY TABLE results ON COMMIT DROP AS
      SELECT nr, jsonb_build_object(
        'stage_seconds', jsonb_build_object('loading the strategy', 0.1 * random(), 'reading bars', random(), 'checking for leaks', random(),
                                            'training', 100 * random(), 'judging', random(), 'writing files', 0.1 * random()),
        'peak_memory_mb', 300, 'threads', 2, 'seed', 42, 'leaks', jsonb_build_object('passed', true),
        'report', (SELECT jsonb_object_agg('score_' || i, random()) FROM generate_series(1, 90) i)) AS result
      FROM generate_series(0, 99) nr`;
    await tx`
      INSERT INTO ml_training_jobs (job_id, run_id, strategy_type, symbol, status, trigger, attempt, max_attempts, created_at, started_at,
        completed_at, trainer_id, lease_token, lease_expires_at, progress, error_code, error_message, result)
      SELECT md5('job' || n)::uuid, md5('run' || n / ${pairs})::uuid, (ARRAY['ensemble', 'lstm', 'rl'])[1 + n % 3],
             'S' || lpad((1 + n / 3 % ${symbols})::text, 4, '0'), status, 'schedule', 1, 4, made,
             CASE WHEN status <> 'queued' THEN made + interval '30 seconds' END,
             CASE WHEN status NOT IN ('queued', 'running') THEN made + (40 + n % 100) * interval '1 second' END,
             'trainer', CASE WHEN status <> 'queued' THEN md5('token' || n)::uuid END,
             CASE WHEN status = 'running' THEN now() + interval '1 hour' END, 1,
             CASE WHEN status = 'failed' THEN 'TRAINING_FAILED' END, CASE WHEN status = 'failed' THEN 'it failed' END,
             CASE WHEN status = 'completed' THEN result END
      FROM generate_series(0, ${jobs - 1}::int) n
      JOIN results ON nr = n % 100,
      LATERAL (SELECT CASE WHEN n < ${Math.min(pairs, 600)} AND n % 60 = 1 THEN 'running' WHEN n < ${Math.min(pairs, 600)} THEN 'queued'
                           WHEN n % 40 = 0 THEN 'failed' WHEN n % 400 = 1 THEN 'cancelled' ELSE 'completed' END,
                      now() - (n / ${pairs} + 1) * interval '8 hours') j (status, made)`;
    await tx`
      INSERT INTO ml_model_registry (model_id, strategy_type, symbol, created_at, is_active, activated_at, file_path, sha256, size_bytes,
        job_id, parent_model_id, metrics, decision, data_from, data_to, data_sha256, params)
      SELECT md5('model' || n)::uuid, strategy_type, symbol, completed_at, nr = 1, CASE WHEN nr % 3 = 1 THEN completed_at END,
             'models/' || n || '.pkl', repeat('a', 64), 100000, job_id, CASE WHEN nr % 6 > 0 THEN gen_random_uuid() END,
             jsonb_build_object('accuracy', random(), 'sharpe', random(), 'baselines', jsonb_build_object('majority_class',
               jsonb_build_object('accuracy', 0.5)), 'intervals', (SELECT jsonb_object_agg('score_' || i, random()) FROM generate_series(1, 30) i)),
             repeat('scored higher beyond noise; ', 5), completed_at - interval '1 year', completed_at, repeat('b', 64), '{}'
      FROM (SELECT job_id, strategy_type, symbol, completed_at, row_number() OVER (ORDER BY created_at DESC, job_id) AS n,
                   row_number() OVER (PARTITION BY strategy_type, symbol ORDER BY created_at DESC) AS nr
            FROM ml_training_jobs WHERE status = 'completed'
              AND created_at > now() - ${Math.ceil((1.1 * models) / pairs) + 3} * interval '8 hours') newest
      ORDER BY n LIMIT ${models}`;
    await tx`
      INSERT INTO ml_training_trials (strategy_type, symbol, key, kind, tried_at, excess_sharpe)
      SELECT strategy_type, symbol, md5(job_id::text), 'training', completed_at, random()
      FROM ml_training_jobs WHERE status = 'completed'`;
    await tx`
      INSERT INTO ml_training_attempts (job_id, seq, attempt, queued_at, started_at, ended_at, outcome)
      SELECT job_id, 1, 1, created_at, started_at, completed_at, CASE WHEN status <> 'running' THEN status END
      FROM ml_training_jobs WHERE status <> 'queued'`;
    // Of the newest jobs only, and short ones: what one question reads of them is the same.
    await tx`CREATE TEMPORARY TABLE newest ON COMMIT DROP AS
      SELECT job_id, started_at FROM ml_training_jobs WHERE status = 'completed' ORDER BY created_at DESC LIMIT 5000`;
    await tx`
      INSERT INTO ml_training_logs (job_id, seq, at, attempt, level, message)
      SELECT job_id, seq, started_at, 1, 'info', 'training' FROM newest, generate_series(1, 5) seq`;
    await tx`
      INSERT INTO ml_training_epochs (job_id, step, name, value)
      SELECT job_id, step, 'loss', 1.0 / step FROM newest, generate_series(1, 10) step`;
    await tx`
      INSERT INTO ml_model_holdouts (model_id, rows, horizon, cost_bps, times, closes, scores,
        positions, returns, equity,
                                     buy_and_hold, calibration)
      SELECT model_id, 20, 1, 5, array_fill(now(), ARRAY[20]), ones, ones, array_fill(1::smallint, ARRAY[20]), ones, ones, ones, '[]'
      FROM ml_model_registry, (SELECT array_fill(1::float8, ARRAY[20])) o (ones)`;
    await tx`
      INSERT INTO ml_training_totals (name, strategy_type, symbol, label, count, sum)
      SELECT 'ended', strategy_type, symbol, status, count(*), sum(extract(epoch FROM completed_at - started_at))
      FROM ml_training_jobs WHERE status NOT IN ('queued', 'running') GROUP BY strategy_type, symbol, status
      UNION ALL
      SELECT 'kept', strategy_type, '', status, count(*), 0
      FROM ml_training_jobs WHERE status NOT IN ('queued', 'running') GROUP BY strategy_type, status`;
  });
}
