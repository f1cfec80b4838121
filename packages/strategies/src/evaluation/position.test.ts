import { expect, test } from '@jest/globals';
import { positionsFromProbability } from './position.ts';

test('positions are long above the band, short below, flat inside and for NaN', () => {
  const probability = Float64Array.of(0.51, 0.49, 0.5, 0.53, 0.47, Number.NaN, 1, 0);
  expect([...positionsFromProbability(probability, 0.02)]).toEqual([0, 0, 0, 1, -1, 0, 1, -1]);
  expect([...positionsFromProbability(probability, 0)]).toEqual([1, -1, 0, 1, -1, 0, 1, -1]);
});
