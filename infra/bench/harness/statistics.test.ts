import { describe, expect, test } from '@jest/globals';
import { quantile, spreadOf } from './statistics.ts';

describe('spreadOf', () => {
  test('gives the middle of an odd number of values, and halfway between the middle two of an even one', () => {
    expect(spreadOf([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9, count: 3 });
    expect(spreadOf([10, 2, 4, 8])).toEqual({ median: 6, min: 2, max: 10, count: 4 });
  });

  test('refuses nothing at all', () => expect(() => spreadOf([])).toThrow(RangeError));
});

test.each([
  [0, 1],
  [0.25, 2.5],
  [0.5, 4],
  [1, 7],
])('the quantile %d of 1, 4, 7 is %d', (share, expected) =>
  expect(quantile([1, 4, 7], share)).toBe(expected),
);
