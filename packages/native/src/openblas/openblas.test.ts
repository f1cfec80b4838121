import { expect, test } from '@jest/globals';
import { openOpenBlas } from './library.ts';
import { loadOpenBlas } from './openblas.ts';

test('multiplies matrices at addresses, transposed and added to what is there', () => {
  const blas = loadOpenBlas();
  const floats = new Float32Array(new SharedArrayBuffer(4 * 32));
  const at = (place: number): number => blas.addressOf(floats) + 4 * place;
  floats.set([1, 2, 3, 4, 5, 6], 0); // 2 × 3
  floats.set([1, 0, 0, 1, 1, 1], 8); // 3 × 2
  blas.multiply(false, 2, 2, 3, at(0), 3, at(8), 2, 0, at(16), 2);
  expect([...floats.slice(16, 20)]).toEqual([4, 5, 10, 11]);
  // [2, 3] read as [3, 2], times the upper 2 × 2, onto what is there.
  floats.fill(1, 20, 26);
  blas.multiply(true, 3, 2, 2, at(0), 3, at(8), 2, 1, at(20), 2);
  expect([...floats.slice(20, 26)]).toEqual([2, 5, 3, 6, 4, 7]);
});

test('multiplies a matrix and a vector, either way, and refuses arrays that are too short', () => {
  const blas = loadOpenBlas();
  const matrix = Float64Array.of(9, 9, 1, 2, 3, 4, 5, 6).subarray(2); // 2 × 3
  const into = new Float64Array(3);
  blas.timesVector(false, 2, 3, matrix, Float64Array.of(1, 0, -1), into);
  expect([...into]).toEqual([-2, -2, 0]);
  blas.timesVector(true, 2, 3, matrix, Float64Array.of(1, 10), into);
  expect([...into]).toEqual([41, 52, 63]);
  expect(() => blas.timesVector(false, 3, 3, matrix, into, into)).toThrow('too short for a matrix of 3 × 3');
  expect(() => blas.timesVector(true, 2, 3, matrix, into.subarray(1, 2), into)).toThrow(RangeError);
});

test('an absent library is named, with what to do', () => {
  expect(() => openOpenBlas('/nowhere/libopenblas.so')).toThrow(
    expect.objectContaining({
      code: 'OPENBLAS_MISSING',
      message: expect.stringMatching(
        /^OpenBLAS doesn't load from \/nowhere\/libopenblas.so: .*; run: .* --only openblas$/,
      ),
    }),
  );
});
