// What becomes of models, trainings and bots when the folder of a strategy of the user's own changes.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  keys,
  logLinesOf,
  readCheckpoint,
  readModel,
  readWindow,
  refreshStrategies,
  type RegisteredModel,
} from '@ml-training/core';
import { loadRegistered } from '@ml-training/inference';
import { until } from '@ml-training/testing';
import { startLab } from './fleet.ts';

const lab = await startLab();
const { sql, strategiesDir, writeStrategy: write } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopServices());

const seconds = 100_000;
const startTrainer = () => lab.start('trainer', { STRATEGIES_DIR: strategiesDir });
const models = () =>
  sql<(RegisteredModel & { code_sha256: string | null })[]>`
    SELECT * FROM ml_model_registry ORDER BY created_at, symbol`;
const momentum = (column: string, scope = 'symbol'): string => `export default {
  learner: 'ensemble', scope: '${scope}', window: 21, settings: { num_boost_round: 5, forest_trees: 2 },
  features: ({ bars, ta }) => ({ ${column}: ta.logReturn(bars.close, 1), slow: ta.logReturn(bars.close, 20) }),
};
`;
const answerOf = async (row: RegisteredModel) => {
  const model = await loadRegistered(lab.modelDir, row, strategiesDir);
  try {
    const { probability, action } = await model.predict(
      await readWindow(sql, row.symbol, model.info.window, { NEGATIVE_PRICES: [] }),
    );
    return { probability, action };
  } finally {
    await model.retire();
  }
};

test(
  'the next job takes it without a restart; the model of before goes on answering, opened before or after',
  async () => {
    await write('mine', momentum('fast'));
    const trainer = startTrainer();
    await trainer.waitForLine(/"msg":"ready"/);
    await refreshStrategies(sql);
    await lab.request({ strategy_type: 'mine', symbol: 'GOOG' });
    await lab.allEnded();
    const [first] = await models();
    const open = await loadRegistered(lab.modelDir, first!, strategiesDir);
    const before = await answerOf(first!);

    await write('mine', momentum('quick'));
    const bars = await readWindow(sql, 'GOOG', open.info.window, { NEGATIVE_PRICES: [] });
    expect(await open.predict(bars)).toMatchObject(before);
    expect(await answerOf(first!)).toEqual(before);
    await lab.request({ strategy_type: 'mine', symbol: 'GOOG' });
    await until(async () => (await models()).length === 2, { what: 'the second model' });
    await lab.allEnded();
    const second = (await models())[1]!;
    expect((await readModel(lab.modelDir, second.file_path, second)).feature_names).toEqual([
      'quick',
      'slow',
    ]);
    expect(second.code_sha256).not.toBe(first!.code_sha256);
    // The two are compared by what each says of the same rows, each by its own code.
    expect(second.decision).not.toMatch(/changed|can't be/);
    expect(trainer.lines.filter((line) => line.includes('"msg":"ready"'))).toHaveLength(1);

    // Also once the folder is gone.
    await rm(path.join(strategiesDir, 'mine'), { recursive: true });
    expect(await open.predict(bars)).toMatchObject(before);
    expect(await answerOf(first!)).toEqual(before);
    await open.retire();
  },
  seconds,
);

test(
  'a payload of two fields trains one over all symbols as one job',
  async () => {
    await write('pooled', momentum('fast', 'all'));
    const trainer = startTrainer();
    await trainer.waitForLine(/"msg":"ready"/);
    await lab.redis.lpush(keys.queue, '{"strategy_type":"pooled","symbol":"GOOG"}');
    await until(async () => (await lab.jobs()).length > 0, { what: 'the job' });
    await lab.allEnded();
    expect(await lab.jobs()).toMatchObject([
      { strategy_type: 'pooled', symbol: '@ALL', status: 'completed' },
    ]);
    expect((await models()).map(({ symbol }) => symbol)).toEqual(['GOOG', 'SP500']);
  },
  seconds,
);

/** Steps without end, or to an end at once. */
const steps = (count: string): string => `export default {
  learner: {
    async fit(rows, context) {
      let step = context.resume === null ? 0 : context.resume.step;
      for (; step < ${count}; step++) {
        context.epoch(step, { step });
        await context.checkpoint(() => ({ step }));
      }
      return { step, resumed: context.resume !== null };
    },
    load: () => ({ predict: ({ rows }) => Array.from({ length: rows }, (_, r) => 0.4 + 0.2 * (r % 2)) }),
  },
  window: 2,
  features: ({ bars, ta }) => ({ change: ta.change(bars.close) }),
};
`;

test(
  'a training that was interrupted begins from scratch by the changed code, and says why',
  async () => {
    await write('stepping', steps('Infinity'));
    const first = startTrainer();
    await first.waitForLine(/"msg":"ready"/);
    await refreshStrategies(sql);
    await lab.request({ strategy_type: 'stepping', symbol: 'GOOG' });
    const { job_id } = await lab.runningJob();
    const job = { job_id, strategy_type: 'stepping', symbol: 'GOOG' };
    await until(async () => (await readCheckpoint(lab.modelDir, job)) !== null, { what: 'a checkpoint' });
    first.kill('SIGTERM');
    await first.exited;

    await write('stepping', steps('3'));
    startTrainer();
    await lab.allEnded();
    expect(await lab.jobs()).toMatchObject([{ status: 'completed', error_message: null }]);
    const lines = await logLinesOf(sql, job_id);
    expect(lines.find(({ message }) => message === 'starts over: no use of its checkpoint')).toMatchObject({
      level: 'warn',
      facts: { why: 'it was kept with other code' },
    });
    const [model] = await models();
    const file = await readModel(lab.modelDir, model!.file_path, model);
    expect(file.model_state['stepping']).toEqual({ step: 3, resumed: false });
  },
  seconds,
);
