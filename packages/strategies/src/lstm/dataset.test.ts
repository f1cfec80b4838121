import { expect, test } from '@jest/globals';
import { createWindows, gatherWindows, rowsOf, scaledFeatures } from './dataset.ts';

/** Row t has the features 10·t + 1 and 10·t + 2. */
const tableFrom = (firstRow: number) =>
  scaledFeatures(
    Float64Array.from({ length: 12 }, (_, i) =>
      i < 2 * firstRow ? Number.NaN : 10 * Math.floor(i / 2) + 1 + (i % 2),
    ),
    2,
    firstRow,
  );

/** Room that was used before. */
function used(window: number, slots: number) {
  const windows = createWindows(window, slots, 2);
  windows.block.fill(99);
  windows.lengths.fill(99);
  return windows;
}

test('the window of a row holds its predecessors and then that row, time-major', () => {
  const into = used(3, 2);
  gatherWindows(tableFrom(0), Int32Array.of(5, 2), 3, into);
  // prettier-ignore
  expect([...into.block]).toEqual([
    31, 32, 1, 2,
    41, 42, 11, 12,
    51, 52, 21, 22,
  ]);
  expect([...into.lengths]).toEqual([3, 3]);
});

test('a row with less history than a window has a shorter sequence; zeros follow it', () => {
  const into = used(3, 2);
  gatherWindows(tableFrom(1), Int32Array.of(2, 5), 3, into);
  // prettier-ignore
  expect([...into.block]).toEqual([
    11, 12, 31, 32,
    21, 22, 41, 42,
    0, 0, 51, 52,
  ]);
  expect([...into.lengths]).toEqual([2, 3]);
});

test('slots without a row hold one step of zeros', () => {
  const into = used(3, 2);
  gatherWindows(tableFrom(0), Int32Array.of(0), 3, into);
  expect([...into.block]).toEqual([1, 2, ...new Array<number>(10).fill(0)]);
  expect([...into.lengths]).toEqual([1, 1]);
});

test('a row before the first with features has no window', () => {
  expect(() => gatherWindows(tableFrom(3), Int32Array.of(2), 3, used(3, 1))).toThrow('row 2 has no features');
});

test('rows of a range are its numbers', () => {
  expect([...rowsOf({ from: 3, to: 6 })]).toEqual([3, 4, 5]);
});
