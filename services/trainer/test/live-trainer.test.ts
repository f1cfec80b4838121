// A trainer scores the models in use by itself, beside its jobs, with what trainings have left.
import { afterAll, expect, test } from '@jest/globals';
import { newestLiveScore } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { startLab } from './fleet.ts';

const lab = await startLab();
const { sql } = lab;
afterAll(async () => {
  await lab.stopServices();
  await lab.end();
});

test('a trainer that starts scores what was trained before on the bars that came since, over all symbols', async () => {
  const brief = { TRAINING_PARAMS: '{"ensemble": {"num_boost_round": 20, "forest_trees": 10}}' };
  lab.start('trainer', brief);
  await lab.request({ strategy_type: 'ensemble', symbol: '@ALL' });
  await lab.allEnded();
  await lab.stopServices();
  const models = await sql<{ model_id: string; symbol: string; train_labels: { counts: number[] } }[]>`
    SELECT model_id, symbol, train_labels FROM ml_model_registry JOIN ml_model_holdouts USING (model_id)
    WHERE is_active ORDER BY symbol`;
  expect(models.map(({ symbol }) => symbol)).toEqual(['GOOG', 'SP500']);
  for (const { train_labels } of models)
    expect(train_labels.counts[0]! + train_labels.counts[1]!).toBeGreaterThan(100);
  // Each symbol goes on as it began: its first bars again, after its last one.
  await sql`
    INSERT INTO market_data (symbol, time, open, high, low, close, volume)
    SELECT m.symbol, last.time + m.nr * interval '1 day', m.open, m.high, m.low, m.close, m.volume
    FROM (SELECT *, row_number() OVER (PARTITION BY symbol ORDER BY time) AS nr FROM market_data) m
      JOIN (SELECT symbol, max(time) AS time FROM market_data GROUP BY symbol) last USING (symbol)
    WHERE nr <= 70`;
  const trainer = lab.start('trainer', brief);
  for (const { model_id, symbol } of models) {
    const live = await until(() => newestLiveScore(sql, model_id), { what: `a live score of ${symbol}` });
    // One a new bar that has a label: the model was refitted on labels up to the last bar before them.
    expect(live).toMatchObject({ rows: 69, score: 'log_loss', rule: 'majority_class' });
  }
  // And works on.
  await lab.request({ strategy_type: 'ensemble', symbol: '@ALL' });
  await lab.allEnded();
  trainer.kill('SIGTERM');
  expect(await trainer.exited).toMatchObject({ code: 0 });
});
