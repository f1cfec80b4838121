import { expect, test } from '@jest/globals';
import { loadTensorFlow } from '@ml-training/native';
import { createAdam } from './adam.ts';

const tf = await loadTensorFlow({ threads: 1 });

test('takes the same steps as tf.train.adam', () => {
  const start = [1, -2, 3];
  const weights = Float32Array.from(start);
  const adam = createAdam(weights, 0.1, 1e6);
  const variable = tf.variable(tf.tensor1d(start));
  const optimizer = tf.train.adam(0.1);
  for (let i = 0; i < 20; i++) {
    // The gradient of half the sum of squares is the point itself.
    adam.step(weights.slice());
    tf.dispose(
      optimizer.minimize(() => tf.mul(0.5, tf.sum(tf.square(variable))).asScalar(), true, [variable])!,
    );
  }
  const expected = variable.dataSync();
  for (let k = 0; k < start.length; k++) expect(weights[k]).toBeCloseTo(expected[k]!, 4);
  expect(weights[0]).not.toBeCloseTo(start[0]!, 1);
  optimizer.dispose();
  variable.dispose();
});

test('shortens the gradient to the clip norm and tells its length', () => {
  const [clipped, short] = [new Float32Array(3), new Float32Array(3)];
  const long = createAdam(clipped, 0.1, 1);
  const equal = createAdam(short, 0.1, 1);
  expect(long.step(Float32Array.of(3, 0, 4))).toBe(5);
  // A second step tells clipped gradients from long ones: Adam's first step is the same for any length.
  long.step(Float32Array.of(0, 0.3, 0));
  equal.step(Float32Array.of(0.6, 0, 0.8));
  equal.step(Float32Array.of(0, 0.3, 0));
  clipped.forEach((value, k) => expect(value).toBeCloseTo(short[k]!, 6));
});

test('leaves weights and memory alone when a gradient is not a number', () => {
  const weights = Float32Array.of(1, 2);
  const adam = createAdam(weights, 0.1, 1);
  expect(adam.step(Float32Array.of(Number.NaN, 1))).toBeNaN();
  expect([...weights]).toEqual([1, 2]);
  expect(adam.state()).toEqual({ mean: new Float32Array(2), variance: new Float32Array(2), steps: 0 });
});

test('resumes from its state as if nothing had happened', () => {
  const gradient = (k: number) => Float32Array.of(Math.sin(k), Math.cos(k));
  const through = new Float32Array(2);
  const whole = createAdam(through, 0.1, 1);
  for (let k = 0; k < 5; k++) whole.step(gradient(k));
  const weights = new Float32Array(2);
  const first = createAdam(weights, 0.1, 1);
  for (let k = 0; k < 3; k++) first.step(gradient(k));
  const second = createAdam(weights, 0.1, 1, structuredClone(first.state()));
  for (let k = 3; k < 5; k++) second.step(gradient(k));
  expect(weights).toEqual(through);
});
