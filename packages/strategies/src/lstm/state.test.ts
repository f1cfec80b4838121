import { describe, expect, test } from '@jest/globals';
import { StrategyError } from '../errors.ts';
import { createRandom } from '../random.ts';
import type { Plain } from '../strategy.ts';
import { initialWeights, weightArrays } from './architecture.ts';
import { modelFromPlain, modelToPlain } from './state.ts';

const architecture = { inputs: 3, window: 5, units: [4, 2] };
const weights = initialWeights(architecture, createRandom(1), 0.5);
const plain = modelToPlain(architecture, weights) as {
  architecture: Record<string, Plain>;
  weights: Plain[];
};

test('a model comes back from its stored form to the last bit', () => {
  const back = modelFromPlain(plain, 3);
  expect(back.architecture).toEqual(architecture);
  expect(back.weights).toEqual(weights);
});

test("the stored arrays are float32 with Keras's names and shapes", () => {
  const [kernel, recurrent, bias] = plain.weights;
  expect(kernel).toMatchObject({ name: 'lstm_1/kernel', dtype: 'float32', shape: [3, 16] });
  expect(recurrent).toMatchObject({ name: 'lstm_1/recurrent_kernel', dtype: 'float32', shape: [4, 16] });
  expect(bias).toMatchObject({ name: 'lstm_1/bias', dtype: 'float32', shape: [16] });
});

describe('a stored model is refused', () => {
  const wild = weights.slice();
  weightArrays(architecture, wild)[2]!.fill(Number.NaN);
  const changed = (name: string, value: Plain) => ({
    ...plain,
    architecture: { ...plain.architecture, [name]: value },
  });
  test.each<[string, Plain | undefined, string]>([
    ['when it is missing', undefined, 'model_state.lstm is missing'],
    ['when it is a list', [], 'model_state.lstm is missing or no dictionary'],
    ['without an architecture', { weights: plain.weights }, 'model_state.lstm.architecture is missing'],
    ['with other inputs', changed('inputs', 4), 'architecture.inputs is 4, expected 3'],
    ['with an endless window', changed('window', 1e9), 'architecture.window is 1000000000'],
    ['with no layers', changed('units', []), 'architecture.units'],
    ['with a huge layer', changed('units', [1e6]), 'architecture.units[0] is 1000000'],
    ['with layers of another size', changed('units', [4, 3]), 'weights[3]'],
    ['with an array too few', { ...plain, weights: plain.weights.slice(1) }, 'no list of 8 arrays'],
    ['with arrays swapped', { ...plain, weights: plain.weights.toReversed() }, 'is not named lstm_1/kernel'],
    ['with a value that is no number', modelToPlain(architecture, wild), 'lstm_1/bias'],
  ])('%s', (_, stored, message) => {
    const refused = expect(() => modelFromPlain(stored, 3));
    refused.toThrow(StrategyError);
    refused.toThrow(message);
  });
});
