import { expect, test } from '@jest/globals';
import { closes } from '../../test/bars.ts';
import { aboveFloor } from './floor.ts';
import { direction } from '../labels/direction.ts';
import { baselines } from './baselines.ts';
import { evaluate } from './metrics.ts';
import type { LabelDefinition } from '../strategy.ts';

/** Rises at 6 of 8 train rows, and at 2 of 4 holdout rows. */
const bars = closes([10, 11, 12, 13, 14, 13, 14, 15, 14, 15, 14, 15, 14, 15]);
const train = { from: 0, to: 8 };
const holdout = { from: 8, to: 12 };
const mean = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;
const prediction = {
  score: Float64Array.from([0.9, 0.1, 0.9, 0.1]),
  position: Int8Array.from([1, -1, 1, -1]),
};
const options = { horizon: 1, costBps: 5, label: direction({ horizon: 1 }) };
const regression: LabelDefinition = {
  ...options.label,
  task: 'regression',
  of: ({ close }) => Float64Array.from(close, (price, t) => (close[t + 1] ?? price) - price),
};

test('a probability is measured by the base rate of the training rows, as the report has it', () => {
  const { rule, differences } = aboveFloor('log_likelihood', bars, prediction, { holdout, train }, options);
  expect(rule).toBe('majority_class');
  const own = evaluate(bars, prediction, holdout, options)['log_loss']!;
  const report = baselines(bars, holdout, train, options)['majority_class']!['log_loss']!;
  expect(mean(differences)).toBeCloseTo(report - own, 12);
  // Each row by itself: the first rises.
  expect(differences[0]).toBeCloseTo(Math.log(0.9 / 0.75), 12);
});

test('a trader is measured by never trading, which neither earns nor pays', () => {
  const { rule, differences } = aboveFloor('net_return', bars, prediction, { holdout, train }, options);
  expect(rule).toBe('always_flat');
  expect(differences[0]).toBeCloseTo(15 / 14 - 1 - 0.0005, 12);
});

test('a regression is measured by the mean of the training rows', () => {
  const { rule, differences } = aboveFloor(
    'squared_error',
    bars,
    { ...prediction, score: new Float64Array(4) },
    { holdout, train },
    { ...options, label: regression },
  );
  expect(rule).toBe('train_mean');
  // The mean of 6 rises and 2 falls of 1 is a half, which is off by a half or one and a half, zero by 1.
  expect([...differences]).toEqual([0.25 - 1, 2.25 - 1, 0.25 - 1, 2.25 - 1]);
});
