import { expect, test } from '@jest/globals';
import { loadTensorFlow } from '@ml-training/native';
import { createRandom } from '../random.ts';
import { dropoutMasks } from './dropout.ts';

const tf = await loadTensorFlow({ threads: 1 });

test('drops the given share and scales the rest so that the mean stays 1, repeatably', () => {
  tf.tidy(() => {
    const [first, second] = dropoutMasks(tf, createRandom(1), [50, 30], 100, 0.2)!;
    expect(first!.shape).toEqual([1, 100, 50]);
    expect(second!.shape).toEqual([1, 100, 30]);
    const values = first!.dataSync<'float32'>();
    expect(new Set(values)).toEqual(new Set([0, 1.25]));
    expect(values.reduce((sum, v) => sum + v, 0) / values.length).toBeCloseTo(1, 1);
    expect(dropoutMasks(tf, createRandom(1), [50, 30], 100, 0.2)![0]!.dataSync()).toEqual(values);
    expect(second!.dataSync()).not.toEqual(values.slice(0, 3_000));
  });
});

test('makes no masks when nothing is to be dropped', () => {
  expect(dropoutMasks(tf, createRandom(1), [4], 2, 0)).toBeUndefined();
});
