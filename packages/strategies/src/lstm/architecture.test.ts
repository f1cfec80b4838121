import { expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { initialWeights, weightArrays, weightCount, weightSpecs } from './architecture.ts';

test('a fresh model has the named shapes, says the given share, and is repeatable', () => {
  const architecture = { inputs: 5, window: 4, units: [3, 2] };
  const weights = initialWeights(architecture, createRandom(1), 0.6);
  expect(weightSpecs(architecture).map(({ name, shape }) => [name, shape])).toEqual([
    ['lstm_1/kernel', [5, 12]],
    ['lstm_1/recurrent_kernel', [3, 12]],
    ['lstm_1/bias', [12]],
    ['lstm_2/kernel', [3, 8]],
    ['lstm_2/recurrent_kernel', [2, 8]],
    ['lstm_2/bias', [8]],
    ['dense/kernel', [2, 1]],
    ['dense/bias', [1]],
  ]);
  const arrays = weightArrays(architecture, weights);
  weightSpecs(architecture).forEach(({ shape }, i) =>
    expect(arrays[i]).toHaveLength(shape.reduce((product, n) => product * n, 1)),
  );
  expect(weights).toHaveLength(weightCount(architecture));
  // lstm_2/bias, in its place among the others.
  expect([...arrays[5]!]).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
  expect(1 / (1 + Math.exp(-arrays[7]![0]!))).toBeCloseTo(0.6, 6);
  expect(initialWeights(architecture, createRandom(1), 0.6)).toEqual(weights);
  expect(initialWeights(architecture, createRandom(2), 0.6)).not.toEqual(weights);
});
