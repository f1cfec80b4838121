import { expect, test } from '@jest/globals';
import { glorotUniform, orthogonal, unitForgetBias } from './initializers.ts';
import { createRandom } from './random.ts';

test.each([
  [28, 64],
  [64, 64],
  [64, 3],
])('an orthogonal [%i, %i] has orthonormal vectors along its longer side', (rows, cols) => {
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

test("Glorot's uniform initialiser fills its range evenly and not beyond", () => {
  const values = glorotUniform(20, 80, createRandom(4));
  const limit = Math.sqrt(6 / 100);
  expect(values).toHaveLength(1_600);
  expect(Math.max(...values)).toBeLessThanOrEqual(limit);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-limit);
  const meanSquare = values.reduce((sum, v) => sum + v * v, 0) / values.length;
  expect(meanSquare / (limit ** 2 / 3)).toBeCloseTo(1, 0);
  expect(Math.abs(values.reduce((sum, v) => sum + v, 0) / values.length)).toBeLessThan(limit / 10);
});

test('only the forget gate, the second of four, starts with a bias', () => {
  expect([...unitForgetBias(2)]).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
});
