import { expect, test } from '@jest/globals';
import { loadTensorFlow } from '@ml-training/native';
import { createRandom } from '../random.ts';
import { type Architecture, initialWeights, weightSpecs } from './architecture.ts';
import { gatherWindows, rowsOf, scaledFeatures } from './dataset.ts';
import { predictRows } from './model.ts';

const tf = await loadTensorFlow({ threads: 1 });

function example(architecture: Architecture, rows = 150) {
  const random = createRandom(7);
  const { inputs } = architecture;
  const data = Float64Array.from({ length: rows * inputs }, () => random.normal());
  const weights = initialWeights(architecture, random, 0.5);
  // The dense layer starts at zero; a prediction must depend on its weights.
  for (const dense of weights.slice(-2)) dense.forEach((_, k) => (dense[k] = random.normal()));
  return { table: scaledFeatures(data, inputs, 0), weights };
}

test('predicts what the Keras model with the same layers and weights predicts', () => {
  const architecture = { inputs: 5, window: 6, units: [8, 4] };
  const { table, weights } = example(architecture);
  const rows = rowsOf({ from: 10, to: 30 });
  const ours = predictRows(tf, architecture, weights, table, rows);

  const model = tf.sequential();
  const layer = { recurrentActivation: 'sigmoid', recurrentInitializer: 'zeros' } as const;
  model.add(tf.layers.lstm({ ...layer, units: 8, returnSequences: true, inputShape: [6, 5] }));
  model.add(tf.layers.lstm({ ...layer, units: 4 }));
  model.add(tf.layers.dense({ units: 1, activation: 'sigmoid' }));
  // Keras's own order of arrays and shapes, layer after layer.
  model.setWeights(weightSpecs(architecture).map(({ shape }, i) => tf.tensor(weights[i]!, [...shape])));
  const windows = new Float32Array(6 * 20 * 5);
  gatherWindows(table, rows, 6, 20, windows);
  const batchMajor = tf.transpose(tf.tensor3d(windows, [6, 20, 5]), [1, 0, 2]);
  const theirs = (model.predict(batchMajor) as typeof batchMajor).dataSync();

  ours.forEach((p, i) => expect(p).toBeCloseTo(theirs[i]!, 5));
  expect(Math.max(...ours) - Math.min(...ours)).toBeGreaterThan(0.05);
});

test.each([[[32]], [[50]], [[7]], [[33, 20]]])(
  'with layers of %j a row gets the same bits alone, in company and in any order',
  (units) => {
    const architecture = { inputs: 25, window: 12, units };
    const { table, weights } = example(architecture);
    const predict = (rows: Int32Array) => predictRows(tf, architecture, weights, table, rows);
    const all = predict(rowsOf({ from: 11, to: 150 }));

    for (const row of [11, 12, 60, 76, 149]) expect(predict(Int32Array.of(row))[0]).toBe(all[row - 11]);
    const from40 = predict(rowsOf({ from: 40, to: 107 }));
    expect([...from40]).toEqual([...all.slice(29, 96)]);
    const backwards = predict(rowsOf({ from: 11, to: 150 }).reverse());
    expect([...backwards.reverse()]).toEqual([...all]);
  },
);

test('predicting leaves no tensor behind', () => {
  const architecture = { inputs: 3, window: 4, units: [2] };
  const { table, weights } = example(architecture);
  const before = tf.memory().numTensors;
  predictRows(tf, architecture, weights, table, rowsOf({ from: 3, to: 100 }));
  expect(tf.memory().numTensors).toBe(before);
});
