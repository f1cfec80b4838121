// Which models a training is warm-started from, and what was tried before it.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { startServers } from '@ml-training/testing';
import {
  connectDatabase,
  findModel,
  migrate,
  modelsOfJob,
  newestActiveModel,
  pastTrials,
} from '../src/index.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'registry test' });
await migrate(sql);
beforeEach(() => sql`TRUNCATE ml_training_jobs, ml_model_registry, ml_training_epochs CASCADE`);
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});

async function job(strategyType: string, symbol: string, status = 'completed'): Promise<string> {
  const [row] = await sql<[{ job_id: string }]>`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts)
    VALUES (${strategyType}, ${symbol}, ${status}, 'manual', 3) RETURNING job_id`;
  return row.job_id;
}

async function model(
  jobId: string,
  symbol: string,
  { day, active = false, metrics = {} }: { day: number; active?: boolean; metrics?: object },
): Promise<string> {
  const [row] = await sql<[{ model_id: string }]>`
    INSERT INTO ml_model_registry (strategy_type, symbol, created_at, is_active, file_path, sha256,
      size_bytes, job_id,
      metrics, decision, data_from, data_to, data_sha256, params)
    SELECT strategy_type, ${symbol}, make_timestamptz(2024, 1, ${day}, 0, 0, 0), ${active},
      gen_random_uuid()::text, '', 1,
      job_id, ${sql.json(metrics as never)}, '', now(), now(), '', '{}' FROM ml_training_jobs
        WHERE job_id = ${jobId}
    RETURNING model_id`;
  return row.model_id;
}

test('of several symbols the newest model in use is found, and its siblings of the same job', async () => {
  const [first, second] = [await job('ensemble', '@ALL'), await job('ensemble', '@ALL')];
  await model(first, 'GOOG', { day: 1 });
  await model(first, 'SP500', { day: 1, active: true });
  const newest = await model(second, 'GOOG', { day: 2, active: true });
  const refused = await model(second, 'SP500', { day: 2 });
  const found = await newestActiveModel(sql, 'ensemble', ['GOOG', 'SP500']);
  expect(found?.model_id).toBe(newest);
  expect(await modelsOfJob(sql, second)).toEqual(
    new Map([
      ['GOOG', newest],
      ['SP500', refused],
    ]),
  );
  expect(await newestActiveModel(sql, 'lstm', ['GOOG', 'SP500'])).toBeNull();
  expect(await newestActiveModel(sql, 'ensemble', ['EURUSD'])).toBeNull();
});

test('a model is found by its id, in use or not', async () => {
  const id = await model(await job('lstm', 'GOOG'), 'GOOG', { day: 1 });
  expect(await findModel(sql, id)).toMatchObject({ model_id: id, is_active: false });
  expect(await findModel(sql, crypto.randomUUID())).toBeNull();
});

test('trials are a pair’s completed jobs, also of models that are gone; the ratios of the rest are known', async () => {
  const jobs = [await job('ensemble', '@ALL'), await job('ensemble', '@ALL'), await job('ensemble', '@ALL')];
  await job('ensemble', '@ALL', 'failed');
  await job('lstm', 'GOOG');
  await model(jobs[1]!, 'GOOG', { day: 2, metrics: { sharpe: -0.5 } });
  await model(jobs[0]!, 'GOOG', { day: 1, metrics: { sharpe: 1.25 } });
  await model(jobs[2]!, 'GOOG', { day: 3, metrics: {} });
  await model(jobs[1]!, 'SP500', { day: 2, metrics: { sharpe: 9 } });
  expect(await pastTrials(sql, 'ensemble', '@ALL', 'GOOG')).toEqual({ count: 3, sharpes: [1.25, -0.5] });
  expect(await pastTrials(sql, 'rl', 'GOOG', 'GOOG')).toEqual({ count: 0, sharpes: [] });
});
