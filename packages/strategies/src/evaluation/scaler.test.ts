import { describe, expect, test } from '@jest/globals';
import { applyScaler, fitScaler, scalerFromPlain, scalerToPlain } from './scaler.ts';

// Columns: 1, 3, 5 | constant 0.1 | rows after the third are not to be looked at.
const data = Float64Array.of(1, 0.1, 3, 0.1, 5, 0.1, 1e9, Number.NaN);

describe('the scaler', () => {
  const scaler = fitScaler(data, 2, { from: 0, to: 3 });

  test('is fitted on its rows alone', () => {
    expect(scaler.mean[0]).toBe(3);
    expect(scaler.scale[0]).toBeCloseTo(Math.sqrt(8 / 3), 12);
    expect(fitScaler(data, 2, { from: 1, to: 3 }).mean[0]).toBe(4);
  });

  test('turns a column that never varied into zeros', () => {
    expect(scaler.scale[1]).toBe(1);
    const scaled = applyScaler(scaler, data.subarray(0, 6));
    expect([scaled[1], scaled[3], scaled[5]].every((v) => Math.abs(v!) < 1e-15)).toBe(true);
  });

  test('standardises what it was fitted on', () => {
    const scaled = applyScaler(scaler, data.subarray(0, 6));
    expect(scaled[0]! + scaled[2]! + scaled[4]!).toBeCloseTo(0, 12);
    expect((scaled[0]! ** 2 + scaled[2]! ** 2 + scaled[4]! ** 2) / 3).toBeCloseTo(1, 12);
  });

  test('comes back from its plain form bit for bit', () => {
    expect(scalerFromPlain(scalerToPlain(scaler, ['a', 'b']), ['a', 'b'])).toEqual(scaler);
  });

  test('is refused with other features, or when it is none', () => {
    const plain = scalerToPlain(scaler, ['a', 'b']);
    for (const names of [['b', 'a'], ['a'], ['a', 'b', 'c']])
      expect(() => scalerFromPlain(plain, names)).toThrow('fitted on other features');
    expect(() => scalerFromPlain({ ...plain, kind: 'minmax' }, ['a', 'b'])).toThrow('not of kind "standard"');
    expect(() => scalerFromPlain(undefined, ['a', 'b'])).toThrow('not of kind "standard"');
    const zero = scalerToPlain({ ...scaler, scale: Float64Array.of(0, 1) }, ['a', 'b']);
    expect(() => scalerFromPlain(zero, ['a', 'b'])).toThrow('no usable number');
  });
});
