// A model of a regression, which has no accuracy and no log loss, where models are listed and told of.
import { expect, test } from '@jest/globals';
import { judgingSettings, strategyOf } from '@ml-training/sdk';
import {
  claimJob,
  completeJob,
  createTickJob,
  modelScores,
  pageOfModels,
  recordStrategies,
  refreshStrategies,
} from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('regression models test');

test('its strategy is known by its label, and its scores stand beside the rules of their kind', async () => {
  const forecast = {
    type: 'forecast',
    scope: 'symbol',
    label: 'regression',
    promotionMetric: 'squared_error',
    settings: judgingSettings,
    description: '',
    sum: 'a'.repeat(64),
  } as const;
  await recordStrategies(sql, [forecast], ['forecast']);
  await refreshStrategies(sql);
  expect(strategyOf('forecast')).toMatchObject({ label: 'regression', promotionMetric: 'squared_error' });

  const [job_id, model_id] = [crypto.randomUUID(), crypto.randomUUID()];
  await createTickJob(sql, { job_id, strategy_type: 'forecast', symbol: 'GOOG' }, 1);
  const request = { trainerId: 't', maxRunning: 10, leaseSeconds: 30, token: crypto.randomUUID() };
  const taken = await claimJob(sql, { jobId: job_id, ...request });
  if (taken.outcome !== 'claimed') throw new Error(`the job was not claimed: ${taken.outcome}`);
  await sql`UPDATE ml_training_webhook_state SET wanted = true`;
  const metrics = {
    rows: 189,
    rank_ic: 0.03,
    ic: 0.02,
    r2: 0.001,
    rmse: 0.0101,
    return: 0.1,
    sharpe: 1,
    intervals: { rmse: { low: 0.009, high: 0.011 } },
    baselines: {
      zero: { r2: 0, rmse: 0.0102 },
      train_mean: { r2: -0.001, rmse: 0.0103 },
      last_return: { rank_ic: -0.01, r2: -1, rmse: 0.0141 },
      always_flat: { return: 0 },
    },
  };
  const model = {
    model_id,
    symbol: 'GOOG',
    file_path: 'models/forecast/GOOG/1.pkl',
    sha256: 'a'.repeat(64),
    size_bytes: 1,
    parent_model_id: null,
    metrics,
    decision: 'Promoted: it is the first model here and works.',
    promote: true,
    champion_id: null,
    data_from: '2024-01-01T00:00:00Z',
    data_to: '2024-06-01T00:00:00Z',
    data_sha256: 'b'.repeat(64),
    params: {},
  };
  expect(await completeJob(sql, taken.claim, {}, [model])).toBe(true);

  const score = async (name: 'rank_ic' | 'accuracy' | null) =>
    (await pageOfModels(sql, {}, { limit: 10, score: name })).models[0]!.score;
  expect(await score(null)).toEqual({
    name: 'rmse',
    value: 0.0101,
    low: 0.009,
    high: 0.011,
    baseline: 0.0102,
    rule: 'zero',
  });
  expect(await score('rank_ic')).toMatchObject({ value: 0.03, baseline: -0.01, rule: 'last_return' });
  expect(await score('accuracy')).toMatchObject({ value: null, baseline: null });
  expect(await modelScores(sql, [model_id])).toMatchObject([
    { score: 0.0101, low: 0.009, rules: { zero: 0.0102, train_mean: 0.0103, last_return: 0.0141 } },
  ]);
  const [told] = await sql<[{ metrics: object }]>`
    SELECT data -> 'metrics' AS metrics FROM ml_training_webhooks WHERE type = 'model.promoted'`;
  expect(told.metrics).toEqual({ rank_ic: 0.03, ic: 0.02, r2: 0.001, rmse: 0.0101, return: 0.1, sharpe: 1 });
});
