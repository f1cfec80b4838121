// Strategies whose label is no direction, from their folder to the registry and back: a regression and a
// triple barrier, trained and then compared to their champion.
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  activeModel,
  holdoutOf,
  loadConfig,
  readModel,
  refreshStrategies,
  requestRun,
} from '@ml-training/core';
import { startLab } from './fleet.ts';

const lab = await startLab();
const { redis, sql, strategiesDir } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopServices());

const seconds = 100_000;
/** Says the same of the same features; of its rows it keeps the first number, and looks at it no more. */
const write = async (name: string, label: string, predict: string): Promise<void> => {
  await lab.writeStrategy(
    name,
    `export default { window: 21, label: ${label},
      learner: { fit: ({ train }) => ({ first: train.data[0] }),
        load: () => ({ predict: ({ rows, cols, data }) =>
          Array.from({ length: rows }, (_, r) => { const x = data[r * cols]; return ${predict}; }) }) },
      features: ({ bars, ta }) => ({ return_1: ta.logReturn(bars.close, 1) }) };`,
  );
};
const trained = async (strategy: string): Promise<string> => {
  await refreshStrategies(sql);
  const config = loadConfig({
    TRAINING_SYMBOLS: 'GOOG',
    TRAINING_BATCH_SIZE: '300',
    TRAINING_STRATEGIES: strategy,
    MODEL_DIR: lab.modelDir,
  });
  await requestRun({ config, sql, redis });
  await lab.allEnded();
  for (const job of await lab.jobs()) expect(job).toMatchObject({ status: 'completed', error_message: null });
  const [newest] = await sql<[{ decision: string }]>`
    SELECT decision FROM ml_model_registry ORDER BY created_at DESC, model_id LIMIT 1`;
  return newest.decision;
};
/** Starts a trainer in place of the one before. */
const startTrainer = async (env: Readonly<Record<string, string>>): Promise<void> => {
  await lab.stopServices();
  const trainer = lab.start('trainer', { STRATEGIES_DIR: strategiesDir, ...env });
  await trainer.waitForLine(/"msg":"ready"/);
};

test(
  'a regression is registered by its own scores, judged against zero, and compared by squared error',
  async () => {
    await write('forecast', "{ kind: 'regression', horizon: 3 }", '0.001 * x');
    await startTrainer({});
    expect(await trained('forecast')).toMatch(
      /^Not promoted: it is below the floor .* than always saying the mean of the training rows/,
    );
    await startTrainer({ MODEL_FLOOR: 'none' });
    await trained('forecast');
    const model = (await activeModel(sql, 'forecast', 'GOOG'))!;
    expect(model.metrics).toMatchObject({
      rank_ic: expect.any(Number),
      r2: expect.any(Number),
      rmse: expect.any(Number),
      sharpe: null,
      deflated_excess_sharpe: null,
      no_sharpe: expect.stringMatching(/^too few rows: \d\d can be judged, .* of 60 or more$/),
      intervals: { rank_ic: { low: expect.any(Number) }, rmse: { low: expect.any(Number) } },
      baselines: { zero: { r2: 0 }, train_mean: { rmse: expect.any(Number) }, buy_and_hold: {} },
    });
    for (const name of ['accuracy', 'log_loss', 'auc']) expect(model.metrics).not.toHaveProperty(name);
    const holdout = await holdoutOf(sql, model.model_id);
    expect(holdout).toMatchObject({ task: 'regression', horizon: 3, calibration: [] });
    expect(holdout!.scores.some((score) => score !== null && score < 0)).toBe(true);
    expect((await readModel(lab.modelDir, model.file_path, model)).label).toEqual({
      kind: 'regression',
      horizon: 3,
      of: 'log_return',
    });
    const facts = sql`SELECT label, promotion_metric, score FROM ml_strategies WHERE strategy_type = 'forecast'`;
    expect(await facts).toEqual([{ label: 'regression', promotion_metric: 'squared_error', score: 'rmse' }]);

    expect(await trained('forecast')).toMatch(/^Not promoted: nothing was learnt/);
    // Of other rows, and so on another scale, it is another one.
    await startTrainer({ MODEL_FLOOR: 'none', TRAINING_BATCH_SIZE: '310' });
    expect(await trained('forecast')).toMatch(
      /^Promoted: on \d+ bars that neither had seen it scored .* of squared error a bar better than the /,
    );
  },
  seconds,
);

test(
  'classes are registered with their positions, and stand beside the shares of training',
  async () => {
    await write(
      'barriers',
      "{ kind: 'triple_barrier', horizon: 5, upper: 1, lower: 1, window: 20 }",
      '((p) => [p, 0.2, 0.8 - p])(0.4 + 0.3 * Math.tanh(x))',
    );
    await startTrainer({});
    expect(await trained('barriers')).toMatch(
      /^Not promoted: it is below the floor .* than the base rate, which says how often each outcome came/,
    );
    await startTrainer({ MODEL_FLOOR: 'none' });
    await trained('barriers');
    const model = (await activeModel(sql, 'barriers', 'GOOG'))!;
    expect(model.metrics).toMatchObject({
      accuracy: expect.any(Number),
      log_loss: expect.any(Number),
      baselines: {
        majority_class: { log_loss: expect.any(Number) },
        last_class: { accuracy: expect.any(Number) },
      },
    });
    expect(model.metrics).not.toHaveProperty('auc');
    const holdout = await holdoutOf(sql, model.model_id);
    expect(holdout).toMatchObject({ task: 'multiclass', horizon: 5, calibration: [] });
    expect(new Set(holdout!.positions)).toEqual(new Set([-1, 1]));
    const { label } = await readModel(lab.modelDir, model.file_path, model);
    expect(label).toMatchObject({ kind: 'triple_barrier', upper: 1, lower: 1, window: 20 });
    expect(label['classes']).toContainEqual({ name: 'timeout', position: 0 });
  },
  seconds,
);
