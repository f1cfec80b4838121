import { expect, test } from '@jest/globals';
import { gatherWindows, rowsOf, scaledFeatures } from './dataset.ts';

/** Row t has the features 10·t + 1 and 10·t + 2. */
const table = scaledFeatures(
  Float64Array.from({ length: 12 }, (_, i) => 10 * Math.floor(i / 2) + 1 + (i % 2)),
  2,
  0,
);

test('the window of a row holds that row last and its predecessors before it, time-major', () => {
  const into = new Float32Array(3 * 2 * 2).fill(99);
  gatherWindows(table, Int32Array.of(5, 2), 3, 2, into);
  // prettier-ignore
  expect([...into]).toEqual([
    31, 32, 1, 2,
    41, 42, 11, 12,
    51, 52, 21, 22,
  ]);
});

test('what lies before the first bar and slots without a row are zeros', () => {
  const into = new Float32Array(3 * 2 * 2).fill(99);
  gatherWindows(table, Int32Array.of(0), 3, 2, into);
  // prettier-ignore
  expect([...into]).toEqual([
    0, 0, 0, 0,
    0, 0, 0, 0,
    1, 2, 0, 0,
  ]);
});

test('rows before the first with features are zeros, whatever they held', () => {
  const data = Float64Array.of(Number.NaN, Number.NaN, 7, 8);
  expect([...scaledFeatures(data, 2, 1).data]).toEqual([0, 0, 7, 8]);
});

test('rows of a range are its numbers', () => {
  expect([...rowsOf({ from: 3, to: 6 })]).toEqual([3, 4, 5]);
});
