import { expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { dropoutMasks } from './dropout.ts';

test('drops the given share and scales the rest so that the mean stays 1, repeatably', () => {
  const [first, second] = dropoutMasks(createRandom(1), [50, 30], 100, 0.2)!;
  expect(first).toHaveLength(5_000);
  expect(second).toHaveLength(3_000);
  expect(new Set(first)).toEqual(new Set([0, 1.25]));
  expect(first!.reduce((sum, v) => sum + v, 0) / first!.length).toBeCloseTo(1, 1);
  expect(dropoutMasks(createRandom(1), [50, 30], 100, 0.2)![0]).toEqual(first);
  expect(second).not.toEqual(first!.slice(0, 3_000));
});

test('makes no masks when nothing is to be dropped', () => {
  expect(dropoutMasks(createRandom(1), [4], 2, 0)).toBeUndefined();
});
