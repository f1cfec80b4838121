import { deflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { createRandom } from './random.ts';
import { fromNdArray, toNdArray } from './ndarray.ts';

describe('toNdArray and fromNdArray', () => {
  test('bring every dtype back bit for bit', () => {
    const doubles = Float64Array.of(0.1, -0, Number.NaN, Infinity, 5e-324);
    expect(fromNdArray(toNdArray(doubles, [5]), 'float64', 'x')).toEqual(doubles);
    const floats = Float32Array.of(0.5, 1e-40, -3);
    expect(fromNdArray(toNdArray(floats, [3, 1]), 'float32', 'x', [-1, 1])).toEqual(floats);
    const ints = Int32Array.of(-1, 2 ** 31 - 1);
    expect(fromNdArray(toNdArray(ints, [2]), 'int32', 'x')).toEqual(ints);
    const bytes = Uint8Array.of(0, 255);
    expect(fromNdArray(toNdArray(bytes, [2]), 'uint8', 'x')).toEqual(bytes);
  });

  test('write little-endian', () => {
    expect([...toNdArray(Int32Array.of(1), [1]).data]).toEqual([1, 0, 0, 0]);
  });

  test('copy: a later change of the source or of the bytes around a view does not show', () => {
    const backing = Float64Array.of(9, 1, 2, 9);
    const stored = toNdArray(backing.subarray(1, 3), [2]);
    backing.fill(7);
    expect(fromNdArray(stored, 'float64', 'x')).toEqual(Float64Array.of(1, 2));
  });

  test('are deflated where that saves a tenth, and read back the same', () => {
    const even = new Float64Array(1000).fill(0.1);
    const stored = toNdArray(even, [1000]);
    expect(stored).toMatchObject({ compression: 'zlib' });
    expect(stored.data.length).toBeLessThan(100);
    expect(fromNdArray(stored, 'float64', 'x')).toEqual(even);
    const random = createRandom(1);
    expect(toNdArray(Float64Array.from({ length: 1000 }, random.normal), [1000])).not.toHaveProperty(
      'compression',
    );
  });

  test('of half precision keep eleven bits', () => {
    const stored = toNdArray(Float16Array.of(1 / 3, 65504), [2]);
    expect(stored).toMatchObject({ dtype: 'float16' });
    expect([...fromNdArray(stored, 'float16', 'x')]).toEqual([0.333251953125, 65504]);
  });

  test('read bytes that start at an odd offset, as a file parser hands them out', () => {
    const stored = toNdArray(Float64Array.of(1.5), [1]);
    const file = new Uint8Array(9);
    file.set(stored.data, 1);
    expect(fromNdArray({ ...stored, data: file.subarray(1) }, 'float64', 'x')).toEqual(Float64Array.of(1.5));
  });

  test.each([
    ['no array at all', null, 'is no stored array'],
    ['a shape that is text', { dtype: 'float64', shape: ['2'], data: new Uint8Array(16) }, 'not all numbers'],
    ['another dtype', { dtype: 'float32', shape: [4], data: new Uint8Array(16) }, 'holds "float32"'],
    ['too few bytes', { dtype: 'float64', shape: [2], data: new Uint8Array(8) }, 'shape [2] but 1 numbers'],
    ['half a number', { dtype: 'float64', shape: [2], data: new Uint8Array(7) }, 'not a multiple of 8'],
    [
      'deflated bytes that swell beyond the shape',
      {
        dtype: 'float64',
        shape: [2],
        compression: 'zlib',
        data: new Uint8Array(deflateSync(new Uint8Array(1_000_000))),
      },
      "can't be inflated",
    ],
    [
      'bytes that were never deflated',
      { dtype: 'float64', shape: [2], compression: 'zlib', data: new Uint8Array(16) },
      "can't be inflated",
    ],
    [
      'an unknown compression',
      { dtype: 'float64', shape: [2], compression: 'lzma', data: new Uint8Array(16) },
      'compressed by "lzma"',
    ],
    ['a negative length', { dtype: 'float64', shape: [-1, -2], data: new Uint8Array(16) }, 'shape [-1, -2]'],
    ['another shape', { dtype: 'float64', shape: [1, 2], data: new Uint8Array(16) }, 'expected [2]'],
  ])('refuse %s', (_, value, message) => {
    const read = (): unknown => fromNdArray(value, 'float64', 'model_state.scaler.mean', [2]);
    expect(read).toThrow(expect.objectContaining({ code: 'INVALID_MODEL' }));
    expect(read).toThrow(message);
    expect(read).toThrow('model_state.scaler.mean');
  });
});
