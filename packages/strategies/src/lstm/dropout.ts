import type { TensorFlow, tf } from '@ml-training/native';
import type { Random } from '../random.ts';

/**
 * Dropout factors of each layer's output, [1, batch, H] a layer: 0 with probability `rate`, else 1 / (1 − rate), so
 * that the expected output stays what it is without dropout. Undefined when nothing is dropped.
 */
export function dropoutMasks(
  tf: TensorFlow,
  random: Random,
  units: readonly number[],
  batch: number,
  rate: number,
): tf.Tensor[] | undefined {
  if (rate === 0) return undefined;
  const kept = 1 / (1 - rate);
  return units.map((size) => {
    const mask = Float32Array.from({ length: batch * size }, () => (random.next() < rate ? 0 : kept));
    return tf.tensor3d(mask, [1, batch, size]);
  });
}
