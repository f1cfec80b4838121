// What Prometheus reads of a running exporter, over rows whose numbers are worked out by hand.
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ALL_SYMBOLS, keys } from '@ml-training/core';
import { promtool, whyNoPromtool } from '@ml-training/testing';
import { parseMetrics, type Metrics } from './parse.ts';
import { startLab } from './lab.ts';

const noPromtool = whyNoPromtool();

const lab = await startLab();
const { sql, redis } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopExporters());

const value = (metrics: Metrics, family: string, labels = ''): number | undefined =>
  metrics.get(`ml_training_${family}`)?.samples.get(labels);

/** A job that waited and ran for so many seconds, long ago. */
const addJob = (job: {
  strategy?: string;
  symbol?: string;
  status?: string;
  waited?: number;
  ran?: number;
  stages?: Record<string, number>;
}) => {
  const {
    strategy = 'lstm',
    symbol = 'GOOG',
    status = 'completed',
    waited = 1,
    ran = 10,
    stages = null,
  } = job;
  return sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, created_at,
      started_at, completed_at, result,
      lease_token, lease_expires_at)
    SELECT ${strategy}, ${symbol}, ${status}, 'tick', 4, made, made + make_interval(secs => ${waited}),
           made + make_interval(secs => ${waited + ran}), ${sql.json(stages === null ? null : { stage_seconds: stages })},
           gen_random_uuid(), now() + interval '1 hour'
    FROM (SELECT '2024-01-01T12:00Z'::timestamptz) t (made)`;
};

const addModel = (strategy: string, symbol: string, metrics: object, active = true) => sql`
  INSERT INTO ml_model_registry (strategy_type, symbol, is_active, created_at, file_path, sha256, size_bytes,
    metrics, decision,
    data_from, data_to, data_sha256, params)
  VALUES (${strategy}, ${symbol}, ${active}, now() - interval '1 hour', ${crypto.randomUUID()}, 's', 1,
    ${sql.json(metrics as never)},
    'd', now(), now(), 'd', '{}')`;

describe('/metrics', () => {
  test('has when all that is open is done, by the last trainings, and whether the last run was too long', async () => {
    const { scrape } = await lab.start();
    expect(value(await scrape(), 'run_too_long')).toBeUndefined();
    for (const ran of [20, 30, 900]) await addJob({ ran });
    await sql`
      INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts)
      SELECT 'lstm', 'S' || n, 'schedule', 1 FROM generate_series(1, 4) n`;
    await sql`
      INSERT INTO ml_training_runs (trigger, scheduled_for, expected_end, next_tick, skipped)
      SELECT 'schedule', tick, tick + interval '2 hours', tick + interval '1 hour',
        '[{"strategy_type": "lstm", "symbol": "A", "reason": "r", "times": 2},
          {"strategy_type": "lstm", "symbol": "B", "reason": "other"}]'
      FROM (SELECT now() - interval '1 minute') t (tick)`;
    const before = Date.now() / 1000;
    const metrics = await scrape();
    const after = Date.now() / 1000;
    expect(value(metrics, 'expected_job_seconds', '{strategy_type="lstm"}')).toBe(30);
    // Four jobs of 30 s by three trainers.
    const end = value(metrics, 'expected_end_timestamp_seconds');
    expect(end).toBeGreaterThanOrEqual(before + 60 - 0.01);
    expect(end).toBeLessThanOrEqual(after + 60);
    expect(value(metrics, 'run_too_long')).toBe(1);
    expect(value(metrics, 'run_left_out_pairs')).toBe(1);
  });

  test("counts the user's own strategies as the built-ins, also one that comes while it runs", async () => {
    const { scrape } = await lab.start();
    const before = await scrape();
    expect(value(before, 'active_models', '{strategy_type="momentum"}')).toBeUndefined();
    await sql`INSERT INTO ml_strategies (strategy_type, scope, promotion_metric, score)
      VALUES ('momentum', 'symbol', 'net_return', 'return')`;
    await addJob({ strategy: 'momentum' });
    await addModel('momentum', 'GOOG', {
      accuracy: 0.5,
      return: 0.2,
      baselines: { always_flat: { return: 0 } },
    });
    const metrics = await scrape();
    expect(value(metrics, 'active_models', '{strategy_type="momentum"}')).toBe(1);
    expect(value(metrics, 'jobs_finished_total', '{strategy_type="momentum",outcome="completed"}')).toBe(1);
    expect(value(metrics, 'jobs_finished_total', '{strategy_type="momentum",outcome="failed"}')).toBe(0);
    expect(value(metrics, 'model_lead', '{strategy_type="momentum",symbol="GOOG",bound="score"}')).toBe(0.2);
  });

  test('counts jobs by status and by how they ended', async () => {
    await addJob({ strategy: 'lstm', status: 'completed' });
    await addJob({ strategy: 'lstm', status: 'completed' });
    await addJob({ strategy: 'rl', status: 'failed' });
    await addJob({ strategy: 'rl', status: 'cancelled' });
    await addJob({ strategy: 'rl', status: 'queued' });
    await addJob({ strategy: 'ensemble', symbol: '@ALL', status: 'running' });
    const metrics = await (await lab.start()).scrape();
    expect(Object.fromEntries(metrics.get('ml_training_jobs')!.samples)).toEqual({
      '{status="queued"}': 1,
      '{status="running"}': 1,
      '{status="completed"}': 2,
      '{status="failed"}': 1,
      '{status="cancelled"}': 1,
    });
    const ended = (labels: string) => value(metrics, 'jobs_finished_total', labels);
    expect(ended('{strategy_type="lstm",outcome="completed"}')).toBe(2);
    expect(ended('{strategy_type="rl",outcome="failed"}')).toBe(1);
    expect(ended('{strategy_type="rl",outcome="cancelled"}')).toBe(1);
    // There from the start, so that the first one counts as an increase.
    expect(ended('{strategy_type="ensemble",outcome="failed"}')).toBe(0);
    expect(value(metrics, 'jobs_recovered_total', '{reason="lease_over"}')).toBe(0);
  });

  test('has histograms that are cumulative and whose last bucket is the count', async () => {
    // Exactly at a bound counts as within it.
    await addJob({ waited: 0.5, ran: 2, stages: { train: 1.5, judge: 0.5 } });
    await addJob({ waited: 1, ran: 45, stages: { train: 44 } });
    await addJob({ waited: 4, ran: 8000, status: 'failed' });
    await addJob({ strategy: 'rl', waited: 100, ran: 7200 });
    await addJob({ strategy: 'rl', symbol: 'SP500', waited: 3, ran: 9, status: 'cancelled' });
    await addJob({ strategy: 'rl', status: 'queued' });
    const metrics = await (await lab.start()).scrape();

    const histogram = (family: string, labels: string) => {
      const bounds = ['1', '2', '5', '10', '30', '60', '120', '300', '600', '1800', '3600', '7200', '+Inf'];
      const samples = metrics.get(`ml_training_${family}`)!.samples;
      return {
        buckets: bounds.map((le) => samples.get(`_bucket{${labels},le="${le}"}`)),
        sum: samples.get(`_sum{${labels}}`),
        count: samples.get(`_count{${labels}}`),
      };
    };
    expect(histogram('job_wait_seconds', 'strategy_type="lstm"')).toEqual({
      buckets: [2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3],
      sum: 5.5,
      count: 3,
    });
    expect(histogram('job_duration_seconds', 'strategy_type="lstm"')).toEqual({
      buckets: [0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3],
      sum: 8047,
      count: 3,
    });
    expect(histogram('job_duration_seconds', 'strategy_type="rl"')).toEqual({
      buckets: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1],
      sum: 7200,
      count: 1,
    });
    expect(histogram('job_stage_seconds', 'stage="train",strategy_type="lstm"')).toEqual({
      buckets: [0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2],
      sum: 45.5,
      count: 2,
    });
    expect(histogram('job_stage_seconds', 'stage="judge",strategy_type="lstm"').count).toBe(1);
  });

  test('shows the rank IC of a regression, which has no accuracy', async () => {
    await addModel('ensemble', 'GOOG', { rank_ic: 0.04, rmse: 0.01 });
    const metrics = await (await lab.start()).scrape();
    const shown = (name: string): unknown => Object.fromEntries(metrics.get(name)!.samples);
    expect(shown('ml_training_model_accuracy')).toEqual({});
    expect(shown('ml_training_model_rank_ic')).toEqual({ '{strategy_type="ensemble",symbol="GOOG"}': 0.04 });
  });

  test('shows what an agent earned, also of one from when agents had an accuracy', async () => {
    await addModel('rl', 'GOOG', { accuracy: 0.51, return: -0.02 });
    await addModel('lstm', 'GOOG', { accuracy: 0.53, return: 0.1 });
    const metrics = await (await lab.start()).scrape();
    const shown = (name: string): unknown => Object.fromEntries(metrics.get(name)!.samples);
    expect(shown('ml_training_model_accuracy')).toEqual({ '{strategy_type="lstm",symbol="GOOG"}': 0.53 });
    expect(shown('ml_training_model_return')).toEqual({ '{strategy_type="rl",symbol="GOOG"}': -0.02 });
  });

  test('shows the models in use, by strategy and symbol', async () => {
    await addModel('lstm', 'GOOG', { accuracy: 0.53 });
    await addModel('lstm', 'BTC/USD', { accuracy: 0.61 });
    await addModel('rl', 'GOOG', { accuracy: null });
    await addModel('rl', 'GOOG', { accuracy: 0.99 }, false);
    const metrics = await (await lab.start()).scrape();
    expect(Object.fromEntries(metrics.get('ml_training_model_accuracy')!.samples)).toEqual({
      '{strategy_type="lstm",symbol="GOOG"}': 0.53,
      '{strategy_type="lstm",symbol="BTC/USD"}': 0.61,
    });
    expect(Object.fromEntries(metrics.get('ml_training_active_models')!.samples)).toEqual({
      '{strategy_type="ensemble"}': 0,
      '{strategy_type="lstm"}': 2,
      '{strategy_type="rl"}': 1,
    });
    const age = value(metrics, 'model_age_seconds', '{strategy_type="rl",symbol="GOOG"}');
    expect(age).toBeGreaterThanOrEqual(3600);
    expect(age).toBeLessThan(3660);
  });

  test('follows rows that come and go, and does not double a counter that it shows twice', async () => {
    const exporter = await lab.start();
    await addModel('lstm', 'GOOG', { accuracy: 0.5 });
    await addJob({ status: 'completed' });
    await redis.lpush(keys.queue, 'a', 'b');
    await sql`INSERT INTO ml_training_recoveries VALUES ('lease_over', 3), ('moon', 1)`;
    for (let scrapes = 0; scrapes < 2; scrapes += 1) {
      const metrics = await exporter.scrape();
      expect(value(metrics, 'jobs_finished_total', '{strategy_type="lstm",outcome="completed"}')).toBe(1);
      expect(value(metrics, 'jobs_recovered_total', '{reason="lease_over"}')).toBe(3);
      expect(value(metrics, 'jobs_recovered_total', '{reason="moon"}')).toBe(1);
      expect(value(metrics, 'queue_length')).toBe(2);
      expect(value(metrics, 'active_models', '{strategy_type="lstm"}')).toBe(1);
    }
    await sql`UPDATE ml_model_registry SET is_active = false`;
    const metrics = await exporter.scrape();
    expect(metrics.get('ml_training_model_accuracy')!.samples.size).toBe(0);
  });

  test('two exporters show the same', async () => {
    await addJob({ status: 'completed' });
    await addJob({ status: 'failed', waited: 70 });
    await sql`INSERT INTO ml_training_recoveries VALUES ('not_in_queue', 5)`;
    const [one, two] = await Promise.all([lab.start(), lab.start()]);
    // Both beat, and both ages grow.
    const stable = (text: string): string => text.replaceAll(/^ml_training_heartbeat.*/gm, '');
    expect(stable(await one.text())).toBe(stable(await two.text()));
  });

  test('has no time, rather than 1970, where there is none', async () => {
    const exporter = await lab.start({
      TRAINING_CRON_SCHEDULE: '0 0 29 2 *',
      TRAINING_TIMEZONE: 'Europe/Berlin',
    });
    const before = await exporter.scrape();
    expect(value(before, 'queue_oldest_timestamp_seconds')).toBeUndefined();
    expect(value(before, 'last_run_timestamp_seconds')).toBeUndefined();
    const next = new Date(1000 * value(before, 'next_run_timestamp_seconds')!);
    expect(next.toISOString()).toMatch(/^\d{4}-02-28T23:00:00.000Z$/);

    await addJob({ status: 'queued' });
    await sql`INSERT INTO ml_training_runs (trigger, requested_at) VALUES ('manual', '2024-01-01T12:30Z')`;
    const after = await exporter.scrape();
    expect(value(after, 'queue_oldest_timestamp_seconds')).toBe(Date.UTC(2024, 0, 1, 12) / 1000);
    expect(value(after, 'last_run_timestamp_seconds')).toBe(Date.UTC(2024, 0, 1, 12, 30) / 1000);

    await sql`UPDATE ml_training_jobs SET status = 'cancelled'`;
    expect(value(await exporter.scrape(), 'queue_oldest_timestamp_seconds')).toBeUndefined();
  });

  test('shows the newest beat of a role', async () => {
    const now = Math.floor(Date.now() / 1000);
    await redis.hset(
      'service:ml_training:beats',
      'trainer:a',
      now - 9,
      'trainer:b',
      now - 4,
      'trainer:c',
      now - 7,
    );
    const metrics = await (await lab.start()).scrape();
    const beat = value(metrics, 'heartbeat_timestamp_seconds', '{role="trainer"}')!;
    // Rounded by Redis's clock and ours.
    expect(Math.abs(beat - (now - 4))).toBeLessThanOrEqual(1);
  });

  test('shows the last beat of a role of which nobody is left: an alert on its age can fire', async () => {
    const now = Math.floor(Date.now() / 1000);
    await redis.hset('service:ml_training:last_beats', 'trainer', now - 4000, 'unknown', now);
    const metrics = await (await lab.start()).scrape();
    expect(
      Math.abs(value(metrics, 'heartbeat_timestamp_seconds', '{role="trainer"}')! - (now - 4000)),
    ).toBeLessThanOrEqual(1);
    expect(value(metrics, 'heartbeat_timestamp_seconds', '{role="unknown"}')).toBeUndefined();
    expect(value(metrics, 'heartbeat_timestamp_seconds', '{role="scheduler"}')).toBeUndefined();
  });

  test('shows how old the newest bar of a symbol with a model in use is', async () => {
    await addModel('lstm', 'GOOG', { accuracy: 0.5 });
    await addModel('rl', 'GOOG', { accuracy: 0.5 });
    await addModel('rl', 'EMPTY', { accuracy: 0.5 });
    await sql`
      INSERT INTO market_data
      SELECT now() - make_interval(hours => i), symbol, 1, 1, 1, 1, 1
      FROM generate_series(2, 9) i, unnest('{GOOG,OTHER}'::text[]) symbol`;
    await sql`INSERT INTO market_data VALUES ('2999-01-01', 'GOOG', 1, 1, 1, 1, 1), ('infinity', 'GOOG', 1, 1,
      1, 1, 1)`;
    const metrics = await (await lab.start()).scrape();
    await sql`TRUNCATE market_data`;
    const ages = metrics.get('ml_training_newest_bar_age_seconds')!.samples;
    expect([...ages.keys()]).toEqual(['{symbol="GOOG"}']);
    expect(ages.get('{symbol="GOOG"}')).toBeGreaterThanOrEqual(7200);
    expect(ages.get('{symbol="GOOG"}')).toBeLessThan(7260);
  });

  test('shows how many symbols the last ensemble left out, and how many wishes were skipped', async () => {
    const exporter = await lab.start();
    const before = await exporter.scrape();
    expect(value(before, 'left_out_symbols', '{strategy_type="ensemble"}')).toBeUndefined();
    expect(value(before, 'wishes_skipped_total', '{strategy_type="rl"}')).toBe(0);
    await addJob({ strategy: 'ensemble', symbol: ALL_SYMBOLS });
    await sql`UPDATE ml_training_jobs SET result = ${sql.json({ left_out: { A: 'x', B: 'y' } })}`;
    await redis.hset('service:ml_training:wishes_skipped', 'rl', 3);
    const after = await exporter.scrape();
    expect(value(after, 'left_out_symbols', '{strategy_type="ensemble"}')).toBe(2);
    expect(value(after, 'wishes_skipped_total', '{strategy_type="rl"}')).toBe(3);
  });

  test('tells how posting webhooks goes, by totals that outlive the rows', async () => {
    const exporter = await lab.start();
    const before = await exporter.scrape();
    const names = ['pending', 'delivered_total', 'failed_total', 'given_up_total'];
    const numbers = (metrics: Metrics) => names.map((name) => value(metrics, `webhooks_${name}`));
    expect(numbers(before)).toEqual([0, 0, 0, 0]);
    await sql`INSERT INTO ml_training_webhooks (type, data, delivered_at, given_up_at)
      VALUES ('a', '{}', NULL, NULL), ('b', '{}', now(), NULL), ('c', '{}', NULL, now())`;
    await sql`UPDATE ml_training_webhook_state SET delivered = 7, failed_tries = 30, given_up = 2`;
    expect(numbers(await exporter.scrape())).toEqual([1, 7, 30, 2]);
    await sql`TRUNCATE ml_training_webhooks`;
    await sql`UPDATE ml_training_webhook_state SET delivered = 0, failed_tries = 0, given_up = 0`;
  });

  test('is what Prometheus accepts: names, types, no label without bounds', async () => {
    await addModel('lstm', 'BTC/USD', { accuracy: 0.5 });
    await addJob({ stages: { train: 1 } });
    const text = await (await lab.start()).text();
    expect(text).not.toMatch(/job_id|run_id|instance=|trainer_id/);
    const metrics = parseMetrics(text);
    const types = Object.fromEntries([...metrics].map(([name, family]) => [name, family.type]));
    expect(types).toEqual({
      ml_training_jobs: 'gauge',
      ml_training_queue_length: 'gauge',
      ml_training_queue_oldest_timestamp_seconds: 'gauge',
      ml_training_expected_end_timestamp_seconds: 'gauge',
      ml_training_expected_job_seconds: 'gauge',
      ml_training_run_too_long: 'gauge',
      ml_training_run_left_out_pairs: 'gauge',
      ml_training_jobs_finished_total: 'counter',
      ml_training_jobs_recovered_total: 'counter',
      ml_training_active_models: 'gauge',
      ml_training_model_accuracy: 'gauge',
      ml_training_model_rank_ic: 'gauge',
      ml_training_model_return: 'gauge',
      ml_training_model_age_seconds: 'gauge',
      ml_training_last_run_timestamp_seconds: 'gauge',
      ml_training_next_run_timestamp_seconds: 'gauge',
      ml_training_heartbeat_timestamp_seconds: 'gauge',
      ml_training_left_out_symbols: 'gauge',
      ml_training_newest_bar_age_seconds: 'gauge',
      ml_training_wishes_skipped_total: 'counter',
      ml_training_webhooks_pending: 'gauge',
      ml_training_webhooks_delivered_total: 'counter',
      ml_training_webhooks_failed_total: 'counter',
      ml_training_webhooks_given_up_total: 'counter',
      ml_training_instances: 'gauge',
      ml_training_trainers_wanted: 'gauge',
      ml_training_schedule_period_seconds: 'gauge',
      ml_training_schedule_since_timestamp_seconds: 'gauge',
      ml_training_last_successful_run_timestamp_seconds: 'gauge',
      ml_training_pair_failures: 'gauge',
      ml_training_model_lead: 'gauge',
      ml_training_model_lead_over_best_rule: 'gauge',
      ml_training_model_live_score: 'gauge',
      ml_training_model_live_rows: 'gauge',
      ml_training_model_below_floor: 'gauge',
      ml_training_build_info: 'gauge',
      ml_training_job_wait_seconds: 'histogram',
      ml_training_job_duration_seconds: 'histogram',
      ml_training_job_stage_seconds: 'histogram',
    });
    expect([...metrics.get('ml_training_build_info')!.samples]).toEqual([
      [expect.stringMatching(/^\{version="\d+\.\d+\.\d+"\}$/), 1],
    ]);
  });

  (noPromtool === undefined ? test : test.skip)(
    `is clean by promtool check metrics${noPromtool === undefined ? '' : ` [${noPromtool}]`}`,
    async () => {
      await addModel('lstm', 'BTC/USD', {
        accuracy: 0.5,
        log_loss: 0.7,
        baselines: { majority_class: { log_loss: 0.69 } },
      });
      await addJob({ stages: { train: 1 } });
      await addJob({ status: 'failed' });
      const text = await (await lab.start()).text();
      expect(promtool(['check', 'metrics'], { input: text })).toBe('');
    },
  );

  test('shows how often in a row a pair has failed, until it succeeds or was not tried for long', async () => {
    const ended = (strategy: string, symbol: string, status: string, daysAgo: number) => sql`
      INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, created_at,
        started_at, completed_at)
      SELECT ${strategy}, ${symbol}, ${status}, 'tick', 1, at, at, at
        FROM (SELECT now() - make_interval(days => ${daysAgo})) t (at)`;
    for (const daysAgo of [1, 2, 3, 5]) await ended('lstm', 'GOOG', 'failed', daysAgo);
    await ended('lstm', 'GOOG', 'completed', 4);
    await ended('lstm', 'GOOG', 'cancelled', 2);
    await ended('rl', 'GOOG', 'failed', 3);
    await ended('rl', 'GOOG', 'completed', 2);
    await ended('rl', 'NEVER', 'failed', 1);
    await ended('rl', 'NEVER', 'failed', 20);
    for (const daysAgo of [9, 10]) await ended('ensemble', '@ALL', 'failed', daysAgo);
    const exporter = await lab.start();
    expect(Object.fromEntries((await exporter.scrape()).get('ml_training_pair_failures')!.samples)).toEqual({
      '{strategy_type="lstm",symbol="GOOG"}': 3,
      '{strategy_type="rl",symbol="NEVER"}': 2,
    });
    await ended('lstm', 'GOOG', 'completed', 0);
    expect([...(await exporter.scrape()).get('ml_training_pair_failures')!.samples.keys()]).toEqual([
      '{strategy_type="rl",symbol="NEVER"}',
    ]);
    // A failure of the last but one period of a schedule still counts.
    const monthly = await (await lab.start({ TRAINING_CRON_SCHEDULE: '0 0 1 * *' })).scrape();
    expect(value(monthly, 'pair_failures', '{strategy_type="ensemble",symbol="@ALL"}')).toBe(2);
  });

  test('shows when a run last succeeded, the period of the schedule and since when it holds', async () => {
    const exporter = await lab.start();
    const before = await exporter.scrape();
    expect(value(before, 'last_successful_run_timestamp_seconds')).toBeUndefined();
    expect(value(before, 'schedule_since_timestamp_seconds')).toBeUndefined();
    expect(value(before, 'schedule_period_seconds')).toBe(12 * 3600);
    const run = (hoursAgo: number, finished: boolean, ...statuses: string[]) => sql`
      WITH run AS (
        INSERT INTO ml_training_runs (trigger, requested_at, finished_at)
        SELECT 'manual', at, CASE WHEN ${finished} THEN at END FROM (SELECT date_trunc('hour',
          now()) - make_interval(hours => ${hoursAgo})) t (at)
        RETURNING run_id)
      INSERT INTO ml_training_jobs (run_id, strategy_type, symbol, status, trigger, max_attempts)
      SELECT run_id, 'lstm', 'S' || nr, status, 'schedule', 1
      FROM run, unnest(${statuses}::text[]) WITH ORDINALITY s (status, nr)`;
    const hoursAgo = async (): Promise<number> => {
      const at = value(await exporter.scrape(), 'last_successful_run_timestamp_seconds')!;
      const [{ now }] = await sql<
        [{ now: number }]
      >`SELECT extract(epoch FROM date_trunc('hour', now()))::float8 AS now`;
      return (now - at) / 3600;
    };
    await run(50, true, 'failed', 'completed');
    await run(40, true, 'failed', 'failed');
    await run(1, false, 'completed');
    expect(await hoursAgo()).toBe(50);
    // Nothing was new to train: that is no failure.
    await run(30, true);
    expect(await hoursAgo()).toBe(30);
    await sql`INSERT INTO ml_training_schedules VALUES ('0 2,14,22 * * *', 'UTC', '2024-01-01T00:00Z',
      now())`;
    const after = await exporter.scrape();
    await sql`TRUNCATE ml_training_schedules`;
    expect(value(after, 'schedule_since_timestamp_seconds')).toBe(Date.UTC(2024, 0, 1) / 1000);
  });

  test('shows how many processes of each role live, also none, and the trainers wanted', async () => {
    // It starts before they beat: who has not beaten for 20 s is gone.
    const own = await lab.start({ MAX_CONCURRENT_TRAINING_JOBS: '4' });
    const [seconds] = await redis.time();
    const beats = Object.entries({ 'trainer:a': 1, 'trainer:b': 2, 'trainer:gone': 300, 'scheduler:a': 3 });
    for (const [name, age] of beats)
      await redis.hset('service:ml_training:beats', name, Number(seconds) - age);
    const metrics = await own.scrape();
    expect(value(metrics, 'instances', '{role="trainer"}')).toBe(2);
    expect(value(metrics, 'instances', '{role="scheduler"}')).toBe(1);
    expect(value(metrics, 'instances', '{role="heartbeat"}')).toBe(0);
    expect(value(metrics, 'trainers_wanted')).toBe(4);
  });

  test('wants no more trainers than there are jobs where they end when none waits', async () => {
    const env = { MAX_CONCURRENT_TRAINING_JOBS: '4', TRAINER_IDLE_SECONDS: '60' };
    expect(value(await (await lab.start(env)).scrape(), 'trainers_wanted')).toBe(0);
    await redis.lpush('ml_training_queue', '{}', '{}');
    expect(value(await (await lab.start(env)).scrape(), 'trainers_wanted')).toBe(2);
    await redis.del('ml_training_queue');
  });

  test('shows how the models in use do on the bars since their training, by their newest score', async () => {
    await addModel('lstm', 'GOOG', {});
    await addModel('lstm', 'SP500', {});
    await addModel('rl', 'GOOG', {});
    const score = (symbol: string, hoursAgo: number, rows: number, value: number, verdict: string) => sql`
      INSERT INTO ml_model_live_scores (model_id, scored_at, rows, first_row, last_row, score, value, rule,
        rule_value, verdict, metrics)
      SELECT model_id, now() - make_interval(hours => ${hoursAgo}), ${rows}, now(), now(), 'log_loss', ${value},
        'majority_class', 0.69, ${verdict}, '{}'
      FROM ml_model_registry WHERE strategy_type = 'lstm' AND symbol = ${symbol}`;
    await score('GOOG', 1, 119, 0.7, 'within');
    await score('GOOG', 0, 120, 0.75, 'below');
    await score('SP500', 0, 30, 0.68, 'too_few');
    const metrics = await (await lab.start()).scrape();
    const of = (family: string) => Object.fromEntries(metrics.get(`ml_training_${family}`)!.samples);
    const [goog, sp500] = ['GOOG', 'SP500'].map((symbol) => `{strategy_type="lstm",symbol="${symbol}"}`);
    expect(of('model_live_rows')).toEqual({ [goog!]: 120, [sp500!]: 30 });
    expect(of('model_live_score')).toEqual({ [goog!]: 0.75, [sp500!]: 0.68 });
    expect(of('model_below_floor')).toEqual({ [goog!]: 1, [sp500!]: 0 });
  });

  test('shows by how much the models in use are ahead of their baselines', async () => {
    await addModel('lstm', 'GOOG', {
      log_loss: 0.7,
      intervals: { log_loss: { low: 0.695, high: 0.72 } },
      baselines: { majority_class: { log_loss: 0.69, accuracy: 0.5 }, always_flat: { return: 0 } },
    });
    await addModel('rl', 'GOOG', {
      return: 0.1,
      intervals: { return: { low: -0.2, high: 0.5 } },
      baselines: {
        always_flat: { return: 0 },
        buy_and_hold: { return: 0.6 },
        majority_class: { return: -0.6 },
      },
    });
    // Of before there were baselines, and what nobody should have written.
    await addModel('rl', 'OLD', { return: 0.1 });
    await addModel('lstm', 'ODD', { log_loss: 0.5, baselines: [], intervals: null });
    const metrics = await (await lab.start()).scrape();
    const round = (family: string) =>
      Object.fromEntries(
        [...metrics.get(`ml_training_${family}`)!.samples].map(([labels, number]) => [
          labels,
          Number(number.toFixed(6)),
        ]),
      );
    expect(round('model_lead')).toEqual({
      '{strategy_type="lstm",symbol="GOOG",bound="low"}': -0.03,
      '{strategy_type="lstm",symbol="GOOG",bound="score"}': -0.01,
      '{strategy_type="lstm",symbol="GOOG",bound="high"}': -0.005,
      '{strategy_type="rl",symbol="GOOG",bound="low"}': -0.2,
      '{strategy_type="rl",symbol="GOOG",bound="score"}': 0.1,
      '{strategy_type="rl",symbol="GOOG",bound="high"}': 0.5,
    });
    expect(round('model_lead_over_best_rule')).toEqual({
      '{strategy_type="lstm",symbol="GOOG"}': -0.01,
      '{strategy_type="rl",symbol="GOOG"}': -0.5,
    });
  });
});
