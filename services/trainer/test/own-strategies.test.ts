// A strategy of the user's own from its folder to predictions, through real processes; a broken one beside it.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { activeModel, keys, loadConfig, readWindow, refreshStrategies, requestRun } from '@ml-training/core';
import { loadRegistered } from '@ml-training/inference';
import { until } from '@ml-training/testing';
import { startLab } from './fleet.ts';

const lab = await startLab();
const { redis, sql, strategiesDir, writeStrategy: write } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopServices());

const seconds = 100_000;
const momentum = (learner: string, more = '') => `
export default {
  learner: '${learner}',
  window: 21,
  features: ({ bars, ta }) => ({ return_1: ta.logReturn(bars.close, 1), return_20: ta.logReturn(bars.close, 20) }),
  ${more}
};
`;
const startTrainer = (env: Record<string, string> = {}) =>
  lab.start('trainer', { STRATEGIES_DIR: strategiesDir, ...env });
const rows = () => sql<{ strategy_type: string; in_folder: boolean; sum: string | null; scope: string }[]>`
  SELECT strategy_type, in_folder, sum, scope FROM ml_strategies
  WHERE strategy_type NOT IN ('ensemble', 'lstm', 'rl') ORDER BY strategy_type`;
const config = (env: Record<string, string> = {}) =>
  loadConfig({ TRAINING_SYMBOLS: 'GOOG', TRAINING_BATCH_SIZE: '300', MODEL_DIR: lab.modelDir, ...env });

test(
  'a run trains it beside the others; its model holds the sum of its code, is promoted, and answers',
  async () => {
    await write('momentum', momentum('ensemble', "scope: 'symbol',"));
    await write('broken', momentum('ensemble', "scope: 'symbol',"));
    await write('nonsense', 'export default { learner: ');
    const trainer = startTrainer({
      TRAINING_PARAMS: '{"momentum": {"num_boost_round": 10, "forest_trees": 4}}',
    });
    await trainer.waitForLine(/"msg":"ready"/);
    await write(
      'broken',
      momentum('ensemble', "scope: 'symbol',").replace('bars.close, 20', 'bars.closes, 20'),
    );
    expect(trainer.lines.join('\n')).toMatch(/a strategy can not be used.*nonsense/);
    await refreshStrategies(sql);
    const run = await requestRun({
      config: config({ TRAINING_STRATEGIES: 'momentum,broken,lstm' }),
      sql,
      redis,
    });
    expect(run.jobs).toHaveLength(3);
    await lab.allEnded();
    const jobs = await lab.jobs();
    const job = (name: string) => jobs.find(({ strategy_type }) => strategy_type === name);
    expect(job('lstm')).toMatchObject({ status: 'completed' });
    expect(job('momentum')).toMatchObject({ status: 'completed', error_message: null });
    // By its own file and line, and not tried again: the same code fails the same way.
    expect(job('broken')).toMatchObject({
      status: 'failed',
      attempt: 1,
      error_code: 'INVALID_STRATEGY',
      error_message: expect.stringMatching(/broken\/strategy\.ts:5/),
    });
    const model = await activeModel(sql, 'momentum', 'GOOG');
    const [told] = (await rows()).filter(({ strategy_type }) => strategy_type === 'momentum');
    expect(told).toMatchObject({
      in_folder: true,
      scope: 'symbol',
      sum: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(model).toMatchObject({ code_sha256: told!.sum });
    expect(model!.file_path).toMatch(/^models\/momentum\/GOOG\//);
    const loaded = await loadRegistered(lab.modelDir, model!, strategiesDir);
    const { probability } = await loaded.predict(
      await readWindow(sql, 'GOOG', loaded.info.window, { NEGATIVE_PRICES: [] }),
    );
    expect(probability).toBeGreaterThan(0);
    expect(probability).toBeLessThan(1);
    await loaded.retire();
    // By the code that its file keeps, also where there is no such folder.
    const elsewhere = await loadRegistered(lab.modelDir, model!);
    const again = await elsewhere.predict(
      await readWindow(sql, 'GOOG', elsewhere.info.window, { NEGATIVE_PRICES: [] }),
    );
    expect(again.probability).toBe(probability);
    await elsewhere.retire();
  },
  seconds,
);

test(
  'a folder that comes while a trainer runs is trained by LPUSH at once; one that goes is planned no more',
  async () => {
    const trainer = startTrainer();
    await trainer.waitForLine(/"msg":"ready"/);
    await write('late', momentum('ensemble', "scope: 'symbol',"));
    await redis.lpush(keys.queue, '{"strategy_type": "late", "symbol": "GOOG"}');
    await until(async () => (await lab.jobs()).length > 0, { what: 'the job' });
    await lab.allEnded();
    expect(await lab.jobs()).toMatchObject([{ strategy_type: 'late', status: 'completed' }]);
    await rm(path.join(strategiesDir, 'late'), { recursive: true });
    await until(async () => (await rows()).find((row) => row.strategy_type === 'late')?.in_folder === false, {
      what: 'its row to say so',
    });
  },
  seconds,
);

test(
  'a regression by lightgbm over all symbols is trained, judged as one, promoted, and answers',
  async () => {
    await write('mover', momentum('lightgbm', "label: { kind: 'regression', horizon: 2 },"));
    const trainer = startTrainer({ TRAINING_PARAMS: '{"mover": {"num_boost_round": 15, "num_leaves": 4}}' });
    await trainer.waitForLine(/"msg":"ready"/);
    await refreshStrategies(sql);
    await requestRun({ config: config({ TRAINING_STRATEGIES: 'mover' }), sql, redis });
    await lab.allEnded();
    expect(await lab.jobs()).toMatchObject([
      { strategy_type: 'mover', status: 'completed', error_message: null },
    ]);
    const model = await activeModel(sql, 'mover', 'GOOG');
    const [registered] = await sql<{ metrics: Record<string, number>; params: Record<string, number> }[]>`
      SELECT metrics, params FROM ml_model_registry WHERE model_id = ${model!.model_id}`;
    expect(registered!.metrics).toMatchObject({ rmse: expect.any(Number), r2: expect.any(Number) });
    expect(registered!.params).toMatchObject({ num_boost_round: 15, num_leaves: 4, band: 0 });
    const loaded = await loadRegistered(lab.modelDir, model!, strategiesDir);
    const answer = await loaded.predict(
      await readWindow(sql, 'GOOG', loaded.info.window, { NEGATIVE_PRICES: [] }),
    );
    expect([-1, 0, 1]).toContain(answer.position);
    await loaded.retire();
  },
  seconds,
);
