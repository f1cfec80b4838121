import type { Random } from '../random.ts';

/**
 * Dropout factors of each layer's output, [batch, H] a layer: 0 with probability `rate`, else 1 / (1 − rate), so
 * that the expected output stays what it is without dropout. Undefined when nothing is dropped.
 */
export function dropoutMasks(
  random: Random,
  units: readonly number[],
  batch: number,
  rate: number,
): Float32Array[] | undefined {
  if (rate === 0) return undefined;
  const kept = 1 / (1 - rate);
  return units.map((size) => {
    const mask = new Float32Array(batch * size);
    for (let i = 0; i < mask.length; i++) mask[i] = random.next() < rate ? 0 : kept;
    return mask;
  });
}
