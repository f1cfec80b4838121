// Trainers search better settings by themselves, one of them at a time, and trainings use what was found.
import { readFileSync } from 'node:fs';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { tunedOf } from '@ml-training/core';
import { isAlive } from '@ml-training/native';
import { until } from '@ml-training/testing';
import { startLab } from './fleet.ts';

const lab = await startLab();
const { sql } = lab;
afterAll(async () => {
  await lab.stopServices();
  await lab.end();
});
beforeEach(async () => {
  await lab.reset();
  await sql`TRUNCATE ml_training_tunings, ml_training_tuned, ml_training_tuning_lease CASCADE`;
});

const pair = { strategy_type: 'ensemble', symbol: '@ALL' };
const brief = {
  TRAINING_STRATEGIES: 'ensemble',
  TRAINING_SYMBOLS: 'GOOG',
  TRAINING_PARAMS: JSON.stringify({
    ensemble: { num_boost_round: 3, forest_trees: 2, lasso_penalties: 0, logistic_penalties: 1 },
  }),
};
const folds = async (): Promise<number> => (await sql`SELECT FROM ml_training_tuning_folds`).length;

test('a search goes on when its trainer is killed, by one trainer at a time and beside the jobs', async () => {
  const env = { ...brief, TUNE_EVERY: '7d', TUNE_TRIALS: '6' };
  const first = lab.start('trainer', env);
  await until(async () => (await folds()) >= 2, { what: 'two trainings of the search' });
  const children = readFileSync(`/proc/${first.pid}/task/${first.pid}/children`, 'utf8').trim().split(' ');
  first.kill('SIGKILL');
  await first.exited;
  // The searching process ends with its trainer.
  for (const child of children)
    await until(() => !isAlive(Number(child)), { what: `process ${child} to end` });
  const before = await folds();
  await sql`UPDATE ml_training_tuning_lease SET until = now() - interval '1 second'`;
  lab.start('trainer', env);
  lab.start('trainer', env);
  await lab.request({ ...pair });
  await lab.allEnded();
  const found = await until(() => tunedOf(sql, pair), { what: 'what the search came to' });
  expect(found).toMatchObject({ problem: null, facts: { trials: 6, folds: 4 } });
  const searches = await sql<{ ended: boolean }[]>`
    SELECT ended_at IS NOT NULL AS ended FROM ml_training_tunings`;
  expect(searches).toEqual([{ ended: true }]);
  // 6 on one fold, 1 + 3 on two, 1 + 2 on four.
  expect(await folds()).toBe(6 + 4 + 6);
  expect(before).toBeLessThan(16);
  expect(await lab.jobs()).toMatchObject([{ status: 'completed' }]);
  await lab.stopServices();
});

test('a job trains with what was found for its pair, and says so', async () => {
  await sql`
    INSERT INTO ml_training_tuned (strategy_type, symbol, params, tuned_at)
    VALUES ('ensemble', '@ALL', '{"stacking_l2": 30, "forest_trees": 200}', now())`;
  const trainer = lab.start('trainer', brief);
  await lab.request({ ...pair });
  await lab.allEnded();
  const [job] = await sql<{ result: { tuned: unknown } }[]>`SELECT result FROM ml_training_jobs`;
  // What TRAINING_PARAMS sets stays as it is.
  expect(job!.result.tuned).toMatchObject({ params: { stacking_l2: 30 }, problem: null });
  const [model] = await sql<{ params: object }[]>`SELECT params FROM ml_model_registry`;
  expect(model!.params).toMatchObject({ stacking_l2: 30, forest_trees: 2 });
  const lines =
    await sql`SELECT FROM ml_training_logs WHERE message = 'uses the settings that a search found'`;
  expect(lines).toHaveLength(1);
  trainer.kill('SIGTERM');
  expect(await trainer.exited).toMatchObject({ code: 0 });
});

test('what can’t be searched is noted with the reason, and not tried again at once', async () => {
  await sql`
    INSERT INTO market_data (symbol, time, open, high, low, close, volume)
    SELECT 'TINY', time, open, high, low, close, volume FROM market_data WHERE symbol = 'GOOG'
    ORDER BY time LIMIT 150 ON CONFLICT DO NOTHING`;
  const trainer = lab.start('trainer', {
    ...brief,
    TRAINING_BATCH_SIZE: '150',
    MIN_TRAINING_DATA_POINTS: '100',
    TUNE_EVERY: '7d',
    TRAINING_SYMBOLS: 'TINY',
  });
  const found = await until(() => tunedOf(sql, pair), { what: 'the problem' });
  expect(found.problem).toMatch(/^TINY has \d+ bars before the holdout, but a search in 4 folds takes 236/);
  expect(found.params).toEqual({});
  trainer.kill('SIGTERM');
  expect(await trainer.exited).toMatchObject({ code: 0 });
});
