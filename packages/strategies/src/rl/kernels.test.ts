import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { matmul, padded, sumRows, tanhBackward, tanhInPlace, transpose } from './kernels.ts';
import { orthogonal } from './orthogonal.ts';

const random = createRandom(1);
const matrix = (rows: number, cols: number): Float32Array =>
  Float32Array.from({ length: rows * cols }, () => random.normal());

describe('matmul', () => {
  test.each([
    { m: 4, n: 4, k: 1 },
    { m: 8, n: 12, k: 7 },
    { m: 64, n: 4, k: 28 },
  ])('gives [$m, $k] times [$k, $n], and the same from a stored transpose', ({ m, n, k }) => {
    const a = matrix(m, k);
    const b = matrix(k, n);
    const expected = Float32Array.from({ length: m * n }, (_, at) => {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += a[Math.floor(at / n) * k + i]! * b[i * n + (at % n)]!;
      return sum;
    });
    const c = new Float32Array(m * n);
    matmul(a, b, c, m, n, k, k, 1);
    expect(c).toEqual(expected);

    const turned = new Float32Array(a.length);
    transpose(a, turned, m, k);
    c.fill(0);
    matmul(turned, b, c, m, n, k, 1, m);
    expect(c).toEqual(expected);
  });
});

describe('tanhInPlace', () => {
  test('is within single precision of tanh, odd, and never outside ±1', () => {
    const x = Float32Array.from({ length: 40_001 }, (_, i) => (i - 20_000) / 1_000);
    const y = x.slice();
    tanhInPlace(y, y.length);
    for (let i = 0; i < x.length; i++) {
      if (!(Math.abs(y[i]! - Math.tanh(x[i]!)) < 8e-8)) throw new Error(`tanh ${x[i]} gave ${y[i]}`);
      if (Math.abs(y[i]!) > 1 || y[i] !== -y[x.length - 1 - i]!) throw new Error(`tanh ${x[i]} gave ${y[i]}`);
    }
  });

  test('takes what is huge to ±1 and leaves NaN alone', () => {
    const y = Float32Array.of(1e30, -1e30, Infinity, -Infinity, NaN, 5);
    tanhInPlace(y, 5);
    expect([...y]).toEqual([1, -1, 1, -1, NaN, 5]);
  });

  test('goes back by 1 − y²', () => {
    const delta = Float32Array.of(2, 2, 2);
    tanhBackward(delta, Float32Array.of(0, 0.5, 1), 2);
    expect([...delta]).toEqual([2, 1.5, 2]);
  });
});

test('sumRows adds the first rows up', () => {
  const sums = Float32Array.of(9, 9);
  sumRows(Float32Array.of(1, 2, 3, 4, 5, 6), sums, 2);
  expect([...sums]).toEqual([4, 6]);
});

test.each([
  [0, 0],
  [1, 4],
  [4, 4],
  [5, 8],
])('padded(%i) is %i', (n, expected) => {
  expect(padded(n)).toBe(expected);
});

test.each([
  [28, 64],
  [64, 64],
  [64, 3],
])('orthogonal [%i, %i] has orthonormal vectors along its longer side', (rows, cols) => {
  const m = orthogonal(rows, cols, random);
  const count = Math.min(rows, cols);
  const at = (v: number, i: number): number => (rows >= cols ? m[i * cols + v]! : m[v * cols + i]!);
  for (let v = 0; v < count; v++)
    for (let w = 0; w <= v; w++) {
      let dot = 0;
      for (let i = 0; i < Math.max(rows, cols); i++) dot += at(v, i) * at(w, i);
      expect(dot).toBeCloseTo(v === w ? 1 : 0, 12);
    }
});
