// What a look at a strategy says of its columns and labels, and of trainings that take too long; the rest is
// tested through the real command (packages/cli).
import { expect, test } from '@jest/globals';
import { walk } from '../../test/bars.ts';
import { strategiesFolder } from '../../test/user-strategy.ts';
import { loadStrategy } from '../index.ts';
import { checkStrategy } from './index.ts';
import { featureSummaries, labelSummary } from './summaries.ts';

const { dir, add } = strategiesFolder();

test('columns: range, mean and deviation from the first whole row on, and what is not finite', () => {
  const columns = [
    [9, 9, 1, 2, 3, 4],
    [NaN, NaN, NaN, 5, Infinity, 5],
    [NaN, 7, 7, 7, 7, 7],
    [NaN, NaN, NaN, NaN, NaN, NaN],
  ];
  const names = ['a', 'b', 'c', 'd'];
  const data = Float64Array.from({ length: 24 }, (_, i) => columns[i % 4]![Math.floor(i / 4)]!);
  const found = featureSummaries({ names, rows: 6, cols: 4, data, firstRow: 2 }, 2);
  expect(found).toEqual([
    {
      name: 'a',
      last: [2, 3, 4],
      min: 1,
      mean: 2.5,
      max: 4,
      deviation: Math.sqrt(1.25),
      not_finite: 0,
      first_finite: 0,
      constant: false,
    },
    expect.objectContaining({ last: [5, null, 5], not_finite: 2, first_finite: 3, mean: 5, constant: true }),
    expect.objectContaining({ not_finite: 0, first_finite: 1, deviation: 0, constant: true }),
    expect.objectContaining({
      last: [null, null, null],
      min: null,
      mean: null,
      not_finite: 4,
      first_finite: null,
      constant: false,
    }),
  ]);
});

test('labels: shares of classes, also of those that never come, or how values are spread', () => {
  expect(labelSummary(Uint8Array.of(0, 2, 2, 2), ['down', 'flat', 'up'])).toEqual({
    rows: 4,
    classes: [
      { name: 'down', rows: 1, share: 0.25 },
      { name: 'flat', rows: 0, share: 0 },
      { name: 'up', rows: 3, share: 0.75 },
    ],
  });
  const values = Float64Array.from({ length: 101 }, (_, i) => (i * 37) % 101);
  expect(labelSummary(values, null)).toEqual({
    rows: 101,
    mean: 50,
    deviation: expect.closeTo(29.15, 2),
    quantiles: { 0.05: 5, 0.25: 25, 0.5: 50, 0.75: 75, 0.95: 95 },
  });
  expect(labelSummary(new Float64Array(0), null)).toMatchObject({
    rows: 0,
    mean: null,
    quantiles: { 0.5: null },
  });
});

test('a training that takes too long is stopped, and no fault of the strategy', async () => {
  const name = add(`export default {
    learner: {
      async fit(rows, context) { for (;;) await context.checkpoint(() => ({})); },
      load: () => ({ predict: ({ rows }) => new Array(rows).fill(0.5) }),
    },
    window: 2,
    features: ({ bars, ta }) => ({ change: ta.change(bars.close) }),
  };`);
  const heard = new Set<string>();
  const { verdicts, evaluation } = await checkStrategy(
    await loadStrategy(name, { strategiesDir: dir }),
    [walk({ rows: 300, seed: 2 })],
    { params: {}, settings: {}, seed: 1, threads: 1, trainingMs: 100 },
    (_, stage) => heard.add(stage),
  );
  expect(verdicts.at(-1)).toEqual({
    check: 'training',
    ok: null,
    detail: 'stopped after 0.1 s: try fewer --bars; a job may take TRAINING_JOB_TIMEOUT',
  });
  expect(verdicts.slice(0, -1).map(({ ok }) => ok)).toEqual([true, true, true, true]);
  expect(evaluation).toBeNull();
  expect([...heard]).toEqual(expect.arrayContaining(['computing features', 'looking for leaks', 'training']));
});
