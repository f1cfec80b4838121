import { expect, test } from '@jest/globals';
import { createRandom } from './random.ts';
import { orthogonal } from './orthogonal.ts';

test.each([
  [28, 64],
  [64, 64],
  [64, 3],
])('[%i, %i] has orthonormal vectors along its longer side', (rows, cols) => {
  const matrix = orthogonal(rows, cols, createRandom(1));
  const count = Math.min(rows, cols);
  const at = (v: number, i: number): number => (rows >= cols ? matrix[i * cols + v]! : matrix[v * cols + i]!);
  let worst = 0;
  for (let v = 0; v < count; v++)
    for (let w = 0; w <= v; w++) {
      let dot = 0;
      for (let i = 0; i < Math.max(rows, cols); i++) dot += at(v, i) * at(w, i);
      worst = Math.max(worst, Math.abs(dot - (v === w ? 1 : 0)));
    }
  expect(worst).toBeLessThan(1e-12);
});
