import { describe, expect, test } from '@jest/globals';
import { loadTensorFlow } from '@ml-training/native';
import { createRandom } from '../random.ts';
import { type Architecture, initialWeights, weightArrays } from './architecture.ts';
import { rowsOf, scaledFeatures } from './dataset.ts';
import { predictRows } from './model.ts';

const tf = await loadTensorFlow({ threads: 1 });

function example(architecture: Architecture, rows = 150) {
  const random = createRandom(7);
  const { inputs } = architecture;
  const data = Float64Array.from({ length: rows * inputs }, () => random.normal());
  const weights = initialWeights(architecture, random, 0.5);
  // The dense layer starts at zero; a prediction must depend on its weights.
  for (const dense of weightArrays(architecture, weights).slice(-2))
    dense.forEach((_, k) => (dense[k] = random.normal()));
  return { table: scaledFeatures(data, inputs, 0), weights };
}

describe.each([[[32]], [[50]], [[7]], [[33, 20]], [[100]], [[150, 127]]])('with layers of %j', (units) => {
  test('a row gets the same bits alone, in company and in any order', () => {
    const architecture = { inputs: 25, window: 12, units };
    const { table, weights } = example(architecture);
    const predict = (rows: Int32Array) => predictRows(tf, architecture, weights, table, rows);
    const all = predict(rowsOf({ from: 0, to: 150 }));

    for (const row of [0, 3, 11, 12, 60, 76, 149]) expect(predict(Int32Array.of(row))[0]).toBe(all[row]);
    const from40 = predict(rowsOf({ from: 40, to: 107 }));
    expect([...from40]).toEqual([...all.slice(40, 107)]);
    const backwards = predict(rowsOf({ from: 0, to: 150 }).reverse());
    expect([...backwards.reverse()]).toEqual([...all]);
    expect(new Set(all).size).toBe(150);
  });
});

test('predicting leaves no tensor behind', () => {
  const architecture = { inputs: 3, window: 4, units: [2] };
  const { table, weights } = example(architecture);
  const before = tf.memory().numTensors;
  predictRows(tf, architecture, weights, table, rowsOf({ from: 3, to: 100 }));
  expect(tf.memory().numTensors).toBe(before);
});
