// The guide's key metrics over time, in ml_training_metrics.
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '@ml-training/testing';
import { rollUp } from '../src/roll-up.ts';
import { startLab } from './lab.ts';

const lab = await startLab();
const { sql } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopExporters());

const minute = async (): Promise<string> => {
  const [row] = await sql<[{ minute: Date }]>`SELECT date_trunc('minute', now()) AS minute`;
  return row.minute.toISOString();
};
const rows = () => sql<{ time: Date; name: string; strategy_type: string; symbol: string; value: number }[]>`
  SELECT * FROM ml_training_metrics ORDER BY name, strategy_type, symbol, time`;
const addJob = (strategy: string, status: string, seconds: number) => sql`
  INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, started_at,
    completed_at)
  VALUES (${strategy}, 'GOOG', ${status}, 'tick', 4, '2024-01-01T12:00Z',
    '2024-01-01T12:00Z'::timestamptz + make_interval(secs => ${seconds}))`;

test('writes every key metric of the guide', async () => {
  await addJob('lstm', 'completed', 10);
  await addJob('lstm', 'completed', 32);
  await addJob('lstm', 'failed', 5);
  await addJob('rl', 'queued', 0);
  await sql`INSERT INTO ml_training_runs (trigger, requested_at) VALUES ('manual', '2024-01-01T12:00Z')`;
  await sql`
    INSERT INTO ml_model_registry (strategy_type, symbol, is_active, file_path, sha256, size_bytes, metrics,
      decision, data_from, data_to, data_sha256, params)
    VALUES ('lstm', 'GOOG', true, 'f', 's', 1, '{"accuracy": 0.53}', 'd', now(), now(), 'd', '{}'),
           ('lstm', 'GOOG', false, 'g', 's', 1, '{"accuracy": 0.99}', 'd', now(), now(), 'd', '{}'),
           ('rl', 'GOOG', true, 'h', 's', 1, '{"accuracy": 0.51, "return": 0.02}', 'd', now(), now(), 'd', '{}')`;
  expect(await rollUp(sql)).toBe(21);
  const found = (await rows())
    .filter(({ value }) => value !== 0)
    .map(({ name, strategy_type, symbol, value }) => [name, strategy_type, symbol, value]);
  expect(found).toEqual([
    ['active_models', 'lstm', '', 1],
    ['active_models', 'rl', '', 1],
    ['jobs_completed', 'lstm', '', 2],
    ['jobs_failed', 'lstm', '', 1],
    ['jobs_queued', 'rl', '', 1],
    ['last_training_run_timestamp_seconds', '', '', Date.UTC(2024, 0, 1, 12) / 1000],
    ['model_accuracy', 'lstm', 'GOOG', 0.53],
    ['model_return', 'rl', 'GOOG', 0.02],
    ['total_training_time_seconds', 'lstm', '', 42],
  ]);
});

test('a minute has one value a metric, the newest, however often and by whomever written', async () => {
  const first = await minute();
  await addJob('lstm', 'queued', 0);
  await Promise.all(Array.from({ length: 5 }, () => rollUp(sql)));
  await addJob('rl', 'failed', 0);
  const metrics = await rollUp(sql);
  const last = await minute();
  const found = await rows();
  // The test may run over the end of a minute.
  const minutes = new Set(found.map(({ time }) => time.toISOString()));
  expect([...minutes].every((time) => [first, last].includes(time))).toBe(true);
  expect(found).toHaveLength(metrics * minutes.size);
  expect(
    found.filter(({ name, strategy_type }) => name === 'jobs_failed' && strategy_type === 'rl').at(-1)?.value,
  ).toBe(1);
});

test('two running services write it as one does', async () => {
  const first = await minute();
  await addJob('lstm', 'completed', 10);
  await Promise.all([lab.start(), lab.start()]);
  await until(async () => (await rows()).length > 0, { what: 'the first values' });
  const last = await minute();
  const completed = (await rows()).filter(
    ({ name, strategy_type }) => name === 'jobs_completed' && strategy_type === 'lstm',
  );
  expect(completed.length).toBeLessThanOrEqual(first === last ? 1 : 2);
  expect(new Set(completed.map(({ value }) => value))).toEqual(new Set([1]));
});

test('of a model in use a value is written when it changes, and once a day', async () => {
  await sql`
    INSERT INTO ml_model_registry (strategy_type, symbol, is_active, file_path, sha256, size_bytes, metrics,
      decision, data_from, data_to, data_sha256, params)
    SELECT 'lstm', 'S' || i, true, 'f' || i, 's', 1, '{"accuracy": 0.53}', 'd', now(), now(), 'd', '{}'
    FROM generate_series(1, 200) i`;
  const ofModels = async (): Promise<number> =>
    (await rows()).filter(({ name }) => name === 'model_accuracy').length;
  await rollUp(sql);
  expect(await ofModels()).toBe(200);
  // As if it had been written some minutes ago: else the same minute's would be written over.
  const passes = (interval: string) =>
    sql`UPDATE ml_training_metrics SET time = time - ${interval}::interval WHERE name = 'model_accuracy'`;
  await passes('23 hours');
  expect(await rollUp(sql)).toBeLessThan(200);
  expect(await ofModels()).toBe(200);
  await sql`UPDATE ml_model_registry SET metrics = '{"accuracy": 0.54}' WHERE symbol = 'S7'`;
  await rollUp(sql);
  expect((await rows()).filter(({ symbol }) => symbol === 'S7').map(({ value }) => value)).toEqual([
    0.53, 0.54,
  ]);
  expect(await ofModels()).toBe(201);
  await passes('1 hour');
  await rollUp(sql);
  expect(await ofModels()).toBe(201 + 199);
});
