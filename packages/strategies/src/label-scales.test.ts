import { expect, test } from '@jest/globals';
import { planted } from '../test/planted.ts';
import type { Dataset } from './dataset.ts';
import { inLabelUnit, labelScalesOf, withLabelScales } from './label-scales.ts';

/** One symbol's rows, all labels of one size, the first four of them for training. */
function rowsOf(symbol: string, size: number, train = [0, 1, 2, 3]): Dataset['symbols'][number] {
  const [one] = planted('regression').symbols;
  const labels = Float64Array.of(size, -size, size, -size, 1e6, 1e6);
  return { ...one!, labels, bars: { ...one!.bars, symbol }, purged: { ...one!.purged, train } };
}
const dataOf = (...symbols: Dataset['symbols']): Dataset => ({ ...planted('regression'), symbols });

test('a symbol’s unit is the size of its train labels', () => {
  const data = dataOf(rowsOf('A', 4), rowsOf('B', 0.25));
  const scales = labelScalesOf(data)!;
  expect(scales).toEqual({ A: 4, B: 0.25 });
  const [a, b] = withLabelScales(data, scales).symbols;
  expect([...a!.labels.subarray(0, 4)]).toEqual([1, -1, 1, -1]);
  expect([...b!.labels.subarray(0, 4)]).toEqual([1, -1, 1, -1]);
  expect([...inLabelUnit(Float64Array.of(1, -2), 'B', scales)]).toEqual([0.25, -0.5]);
});

test('a symbol without train rows, or with labels of 0 alone, has the others’ mean', () => {
  const scales = labelScalesOf(dataOf(rowsOf('A', 4), rowsOf('B', 1), rowsOf('C', 9, []), rowsOf('D', 0)))!;
  expect(scales).toEqual({ A: 4, B: 1, C: 2, D: 2 });
  expect(labelScalesOf(dataOf(rowsOf('A', 0), rowsOf('B', 0)))).toEqual({ A: 1, B: 1 });
});

test('one symbol alone, and classes, are learnt as they are', () => {
  expect(labelScalesOf(dataOf(rowsOf('A', 4)))).toBeNull();
  const classes = planted('multiclass');
  expect(labelScalesOf({ ...classes, symbols: [...classes.symbols, ...classes.symbols] })).toBeNull();
  expect(withLabelScales(classes, null)).toBe(classes);
  const said = Float64Array.of(0.5);
  expect(inLabelUnit(said, 'ANY', null)).toBe(said);
});
