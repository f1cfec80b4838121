import { expect, test } from '@jest/globals';
import { recorder } from '../../test/context.ts';
import { createRandom } from '../random.ts';
import type { ClassRows } from '../dataset.ts';
import { binRows, threadsFor, trainTrees } from './trees.ts';

test.each([
  // Values, max, threads
  [0, 8, 1],
  [7_311 * 25, 2, 1],
  [999_999, 8, 1],
  [1_000_000, 8, 2],
  [1_000_000, 1, 1],
  [3_600_000, 32, 7],
  [100_000_000, 4, 4],
])('%d values, of %d threads: %d', (values, max, threads) => {
  expect(threadsFor(values, max)).toBe(threads);
});

test('what takes two threads gives the same trees as one', async () => {
  const cols = 50;
  const random = createRandom(3);
  const made = (rows: number): ClassRows => {
    const data = Float64Array.from({ length: rows * cols }, () => random.next());
    const labels = Uint8Array.from({ length: rows }, (_, r) => Number(data[r * cols]! + random.next() > 1));
    return { data, rows, cols, labels };
  };
  const [train, validation] = [made(22_000), made(500)];
  const params = {
    boosting: 'gbdt',
    num_leaves: 8,
    bagging_freq: 1,
    bagging_fraction: 0.7,
    feature_fraction: 0.6,
  };
  const featureNames = Array.from({ length: cols }, (_, c) => `f${c}`);
  const grow = async (threads: number) => {
    using rows = binRows(train, validation, { featureNames, random: createRandom(1), threads });
    expect(rows.params['num_threads']).toBe(threads);
    const member = { name: 'boosting', numBoostRound: 5, earlyStoppingRounds: null, params };
    const run = { random: createRandom(1), context: recorder().context, pause: () => Promise.resolve() };
    return (await trainTrees(member, rows, run)).stored;
  };
  expect(await grow(2)).toEqual(await grow(1));
});
