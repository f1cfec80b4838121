import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../../random.ts';
import { createKernels, paddedColumns, paddedRows } from './index.ts';

const random = createRandom(1);
const kernels = createKernels(100_000);

const array = (values: ArrayLike<number>): Float32Array => {
  const floats = kernels.floats(paddedRows(values.length));
  floats.set(values);
  return floats;
};
const matrix = (rows: number, cols: number): Float32Array =>
  array(Float32Array.from({ length: rows * cols }, () => random.normal()));

test('wasm.ts is what kernels.as compiles to', () => {
  const build = fileURLToPath(new URL('../../../build-kernels.mjs', import.meta.url));
  execFileSync(process.execPath, [build, '--check'], { stdio: 'pipe' });
});

describe('matmul', () => {
  test.each([
    { m: 4, n: 8, k: 1 },
    { m: 8, n: 24, k: 7 },
    { m: 64, n: 8, k: 28 },
  ])('gives [$m, $k] times [$k, $n], and the same from a stored transpose', ({ m, n, k }) => {
    const a = matrix(m, k);
    const b = matrix(k, n);
    const expected = Float64Array.from({ length: m * n }, (_, at) => {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += a[Math.floor(at / n) * k + i]! * b[i * n + (at % n)]!;
      return sum;
    });
    const c = matrix(m, n);
    kernels.matmul(a, b, c, m, n, k, k, 1);
    expected.forEach((value, at) => expect(c[at]).toBeCloseTo(value, 5));

    const turned = matrix(k, m);
    kernels.transpose(a, turned, m, k);
    const again = matrix(m, n);
    kernels.matmul(turned, b, again, m, n, k, 1, m);
    expect(again).toEqual(c);
  });
});

describe('tanhInPlace', () => {
  test('is within single precision of tanh, odd, and never outside ±1', () => {
    const x = Float32Array.from({ length: 40_001 }, (_, i) => (i - 20_000) / 1_000);
    const y = array(x);
    kernels.tanhInPlace(y, paddedRows(x.length));
    for (let i = 0; i < x.length; i++) {
      const near = Math.abs(y[i]! - Math.tanh(x[i]!)) < 3e-7;
      if (!near || Math.abs(y[i]!) > 1 || y[i] !== -y[x.length - 1 - i]!)
        throw new Error(`tanh ${x[i]} gave ${y[i]}`);
    }
  });

  test('takes what is huge to ±1 and leaves NaN alone', () => {
    const y = array([1e30, -1e30, Infinity, NaN, 5, 5, 5, 5]);
    kernels.tanhInPlace(y, 4);
    [1, -1, 1].forEach((expected, i) => expect(y[i]).toBeCloseTo(expected, 6));
    expect([...y.subarray(3)]).toEqual([NaN, 5, 5, 5, 5]);
  });

  test('goes back by 1 − y²', () => {
    const delta = array([2, 2, 2, 2, 2, 2, 2, 2]);
    kernels.tanhBackward(delta, array([0, 0.5, 1, -0.5, 0, 0, 0, 0]), 4);
    expect([...delta]).toEqual([2, 1.5, 0, 1.5, 2, 2, 2, 2]);
  });
});

test('addBias and sumRows go over whole rows', () => {
  const y = array([1, 2, 3, 4, 5, 6, 7, 8, 10, 20, 30, 40, 50, 60, 70, 80]);
  const sums = array([9, 9, 9, 9, 9, 9, 9, 9]);
  kernels.sumRows(y, sums, 2);
  expect([...sums]).toEqual([11, 22, 33, 44, 55, 66, 77, 88]);
  kernels.addBias(y, array([1, 0, 0, 0, 0, 0, 0, 2]), 1);
  expect([...y]).toEqual([2, 2, 3, 4, 5, 6, 7, 10, 10, 20, 30, 40, 50, 60, 70, 80]);
  expect(kernels.sumOfSquares(sums)).toBe(121 * 204);
});

test('the memory has an end, and two do not share one', () => {
  const small = createKernels(16_384);
  const other = createKernels(16_384);
  small.floats(16_380).fill(7);
  expect(Math.max(...other.floats(16_384))).toBe(0);
  expect(() => small.floats(8)).toThrow(RangeError);
});

test.each([
  [0, 0, 0],
  [1, 4, 8],
  [4, 4, 8],
  [9, 12, 16],
])('%i is padded to %i rows or %i columns', (n, rows, columns) => {
  expect([paddedRows(n), paddedColumns(n)]).toEqual([rows, columns]);
});
