// Which models a training is warm-started from.
import { beforeEach, expect, test } from '@jest/globals';
import {
  activeModel,
  champions,
  findModel,
  incomparableRuns,
  modelsOfJob,
  newestActiveModel,
  noModelWords,
  type DecisionFacts,
} from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('registry test');
beforeEach(() => sql`TRUNCATE ml_training_jobs, ml_model_registry, ml_training_epochs CASCADE`);

async function job(strategyType: string, symbol: string, status = 'completed'): Promise<string> {
  const [row] = await sql<[{ job_id: string }]>`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts)
    VALUES (${strategyType}, ${symbol}, ${status}, 'manual', 3) RETURNING job_id`;
  return row.job_id;
}

async function model(
  jobId: string,
  symbol: string,
  {
    day,
    active = false,
    metrics = {},
    facts = null,
  }: { day: number; active?: boolean; metrics?: object; facts?: Partial<DecisionFacts> | null },
): Promise<string> {
  const [row] = await sql<[{ model_id: string }]>`
    INSERT INTO ml_model_registry (strategy_type, symbol, created_at, is_active, file_path, sha256,
      size_bytes, job_id,
      metrics, decision, decision_facts, data_from, data_to, data_sha256, params)
    SELECT strategy_type, ${symbol}, make_timestamptz(2024, 1, ${day}, 0, 0, 0), ${active},
      gen_random_uuid()::text, '', 1,
      job_id, ${sql.json(metrics as never)}, 'why', ${sql.json(facts as never)}, now(), now(), '', '{}'
        FROM ml_training_jobs
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

test('runs that could not be compared are told by the newest decision on the very model in use', async () => {
  const id = await model(await job('rl', 'GOOG'), 'GOOG', { day: 1, active: true });
  const asked = async () => incomparableRuns(sql, (await activeModel(sql, 'rl', 'GOOG'))!);
  expect(await asked()).toBe(0);
  await model(await job('rl', 'GOOG'), 'GOOG', { day: 3, facts: { champion_id: id, incomparable_runs: 2 } });
  await model(await job('rl', 'GOOG'), 'GOOG', { day: 2, facts: { champion_id: id, incomparable_runs: 1 } });
  await model(await job('rl', 'SP500'), 'SP500', {
    day: 9,
    facts: { champion_id: id, incomparable_runs: 7 },
  });
  expect(await asked()).toBe(2);
  await model(await job('rl', 'GOOG'), 'GOOG', {
    day: 4,
    facts: { champion_id: crypto.randomUUID(), incomparable_runs: 9 },
  });
  expect(await asked()).toBe(0);
});

test('a pair whose newest model was below its floor says that none passed it yet', async () => {
  const words = () => noModelWords(sql, 'lstm', 'GOOG');
  expect(await words()).toMatch(/^lstm has no model in use for GOOG \(none of any symbol\): .*MODEL"$/);
  await model(await job('lstm', 'GOOG'), 'GOOG', { day: 1, facts: { ground: 'broken' } });
  expect(await words()).toMatch(/"ml promote MODEL"\. The newest, of 2024-01-01 00:00 UTC: why$/);
  await model(await job('lstm', 'GOOG'), 'GOOG', { day: 2, facts: { ground: 'below_floor' } });
  expect(await words()).toMatch(
    /"ml promote MODEL"\. No model passed the floor yet\. The newest, of 2024-01-02 00:00 UTC: why$/,
  );
  expect(await champions(sql)).toMatchObject([
    { strategy_type: 'lstm', model_id: null, newest_below_floor: true, newest_learnt_nothing: false },
  ]);
});
