import { expect, test } from '@jest/globals';
import { rowsOf, scaledFeatures, stepsOf } from './dataset.ts';

test('a sequence has as many steps as the window, and fewer where the table begins', () => {
  const table = scaledFeatures(new Float64Array(12), 2, 1);
  expect([1, 2, 3, 4, 5].map((row) => stepsOf(table, row, 3))).toEqual([1, 2, 3, 3, 3]);
});

test('a row before the first with features has no sequence', () => {
  const table = scaledFeatures(new Float64Array(12), 2, 3);
  expect(() => stepsOf(table, 2, 3)).toThrow('row 2 has no features: the first that has is 3');
});

test('rows of a range are its numbers', () => {
  expect([...rowsOf({ from: 3, to: 6 })]).toEqual([3, 4, 5]);
});
