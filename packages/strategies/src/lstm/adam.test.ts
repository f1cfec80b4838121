import { expect, test } from '@jest/globals';
import { loadTensorFlow } from '@ml-training/native';
import { createAdam } from './adam.ts';

const tf = await loadTensorFlow({ threads: 1 });

test('takes the same steps as tf.train.adam', () => {
  const start = [1, -2, 3];
  const weights = [Float32Array.from(start)];
  const adam = createAdam(weights, 0.1, 1e6);
  const variable = tf.variable(tf.tensor1d(start));
  const optimizer = tf.train.adam(0.1);
  for (let i = 0; i < 20; i++) {
    // The gradient of half the sum of squares is the point itself.
    adam.step([weights[0]!.slice()]);
    tf.dispose(
      optimizer.minimize(() => tf.mul(0.5, tf.sum(tf.square(variable))).asScalar(), true, [variable])!,
    );
  }
  const expected = variable.dataSync();
  for (let k = 0; k < start.length; k++) expect(weights[0]![k]).toBeCloseTo(expected[k]!, 4);
  expect(weights[0]![0]).not.toBeCloseTo(start[0]!, 1);
  optimizer.dispose();
  variable.dispose();
});

test('shortens all gradients together to the clip norm and tells their length', () => {
  const [clipped, short] = [
    [new Float32Array(2), new Float32Array(1)],
    [new Float32Array(2), new Float32Array(1)],
  ];
  const long = createAdam(clipped, 0.1, 1);
  const equal = createAdam(short, 0.1, 1);
  expect(long.step([Float32Array.of(3, 0), Float32Array.of(4)])).toBe(5);
  // A second step tells clipped gradients from long ones: Adam's first step is the same for any length.
  long.step([Float32Array.of(0, 0.3), Float32Array.of(0)]);
  equal.step([Float32Array.of(0.6, 0), Float32Array.of(0.8)]);
  equal.step([Float32Array.of(0, 0.3), Float32Array.of(0)]);
  clipped.forEach((w, i) => w.forEach((value, k) => expect(value).toBeCloseTo(short[i]![k]!, 6)));
});

test('leaves the weights alone when a gradient is not a number', () => {
  const weights = [Float32Array.of(1, 2)];
  expect(createAdam(weights, 0.1, 1).step([Float32Array.of(Number.NaN, 1)])).toBeNaN();
  expect([...weights[0]!]).toEqual([1, 2]);
});
