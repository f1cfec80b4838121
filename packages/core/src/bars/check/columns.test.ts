// What prices and volumes say of a feed: how many bars of a kind are one too many.
import { describe, expect, test } from '@jest/globals';
import type { Bars } from '@ml-training/sdk';
import {
  notPositive,
  repeatedBars,
  stuckBars,
  untradedBars,
  withoutNegative,
  withoutRows,
} from './columns.ts';

type Row = readonly [open: number, high: number, low: number, close: number, volume: number];

function barsOf(rows: readonly Row[], time = (row: number) => row * 60_000): Bars {
  const column = (place: 0 | 1 | 2 | 3 | 4): Float64Array => Float64Array.from(rows, (row) => row[place]);
  const [open, high, low, close, volume] = [column(0), column(1), column(2), column(3), column(4)];
  return {
    symbol: 'X',
    time: Float64Array.from(rows, (_, row) => time(row)),
    open,
    high,
    low,
    close,
    volume,
  };
}

/** No two alike. */
const moving = (count: number): Row[] =>
  Array.from({ length: count }, (_, i): Row => [10 + i, 12 + i, 9 + i, 11 + i, 100 + i]);
const still = (count: number, volume: (i: number) => number): Row[] =>
  Array.from({ length: count }, (_, i): Row => [5, 5, 5, 5, volume(i)]);
const silent = (count: number): Row[] => still(count, () => 0);
const traded = (count: number): Row[] => still(count, (i) => 1 + i);
const rows = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('bars that stand still', () => {
  // The first of a stretch is no repetition.
  test.each([
    ['10 without a trade', silent(11), rows(301, 311)],
    ['9 without a trade', silent(10), []],
    ['20 with trades', traded(21), rows(301, 321)],
    ['19 with trades', traded(20), []],
    ['10 whose volume is the same', still(11, () => 7), rows(301, 311)],
    ['10 of which half were traded', still(11, (i) => (i <= 5 ? i + 1 : 6)), []],
    ['10 of which fewer were traded', still(11, (i) => (i <= 4 ? i + 1 : 5)), rows(301, 311)],
  ])('%s', (_, stretch, expected) => {
    expect(stuckBars(barsOf([...moving(300), ...stretch, ...moving(300)]))).toEqual(expected);
    expect(stuckBars(barsOf([...moving(300), ...stretch]))).toEqual(expected);
  });

  test('are found where the first bar is one of them, too', () => {
    expect(stuckBars(barsOf([...silent(11), ...moving(300)]))).toEqual(rows(1, 11));
    expect(stuckBars(barsOf([...still(20, (i) => (1 + i) / 100), ...moving(300)]))).toEqual([]);
  });

  test.each([0, 1, 2, 3])('but for one of their prices (%d) do not', (place) => {
    const drifting = silent(30).map(
      (row, i) => row.map((value, at) => (at === place ? 5 + i : value)) as unknown as Row,
    );
    expect(stuckBars(barsOf([...moving(300), ...drifting]))).toEqual([]);
  });

  test('in many stretches are how the symbol trades', () => {
    const stretches = (count: number, between: number): Row[] =>
      Array.from({ length: count }, () => [...moving(between), ...silent(11)]).flat();
    expect(stuckBars(barsOf(stretches(3, 20)))).toHaveLength(30);
    expect(stuckBars(barsOf(stretches(4, 20)))).toEqual([]);
    // Four, and less than a fifth of all bars.
    expect(stuckBars(barsOf(stretches(4, 100)))).toHaveLength(40);
  });

  test('as long as chance makes it of a symbol that often has no trade are none', () => {
    // Six of ten bars repeat the one before: of 1,000, a stretch of some 13 is to be expected.
    const thin = Array.from({ length: 100 }, (_, i) => [
      ...moving(4).map(([open, ...others]): Row => [open + i, ...others]),
      ...still(7, () => 0).slice(1),
    ]).flat();
    expect(stuckBars(barsOf([...thin, ...silent(20)]))).toEqual([]);
    expect(stuckBars(barsOf([...thin, ...silent(60)])).length).toBeGreaterThanOrEqual(59);
  });
});

describe('a bar is the one before once more', () => {
  const before: Row = [10, 12, 9, 11, 100];
  test.each<[string, Row, boolean]>([
    ['with all of its values', before, true],
    ['with another volume', [10, 12, 9, 11, 101], false],
    ['with another open', [10.5, 12, 9, 11, 100], false],
    ['with another high', [10, 12.5, 9, 11, 100], false],
    ['with another low', [10, 12, 8.5, 11, 100], false],
    ['with another close', [10, 12, 9, 11.5, 100], false],
  ])('%s', (_, row, again) => {
    expect(repeatedBars(barsOf([...moving(5), before, row]))).toEqual(again ? [6] : []);
  });
  test('whose volume is below 1', () => {
    expect(
      repeatedBars(
        barsOf([
          [10, 12, 9, 11, 0.5],
          [10, 12, 9, 11, 0.5],
        ]),
      ),
    ).toEqual([1]);
  });
  test.each<[string, Row]>([
    ['whose price did not move', [10, 10, 10, 10, 100]],
    ['without a trade', [10, 12, 9, 11, 0]],
    ['without a volume', [10, 12, 9, 11, NaN]],
  ])('which one %s may be', (_, row) => {
    expect(repeatedBars(barsOf([row, row]))).toEqual([]);
  });
  test('which two of one time are, whatever they hold', () => {
    expect(repeatedBars(barsOf(moving(4), (row) => Math.floor(row / 2)))).toEqual([1, 3]);
  });
});

describe('volumes of 0', () => {
  const without = (count: number): Row[] =>
    moving(count).map(([open, high, low, close]) => [open, high, low, close, 0]);
  test.each([
    ['one moving bar in ten', [...moving(9), ...without(1)], { rows: [9], all: false }],
    ['more than one in ten', [...moving(8), ...without(1)], { rows: [], all: false }],
    ['those whose price stands still', [...moving(20), ...silent(3)], { rows: [], all: false }],
    ['all', without(5), { rows: [0, 1, 2, 3, 4], all: true }],
    ['all, some of which stand still', [...silent(2), ...without(1)], { rows: [0, 1, 2], all: true }],
    ['all, and no price moves', silent(5), { rows: [], all: false }],
    ['all but for some below 1', [...still(9, () => 0.5), ...without(1)], { rows: [9], all: false }],
    ['none', moving(5), { rows: [], all: false }],
    [
      'no volume at all',
      moving(5).map((row): Row => [row[0], row[1], row[2], row[3], NaN]),
      { rows: [], all: false },
    ],
  ])('%s', (_, of, expected) => {
    expect(untradedBars(barsOf(of))).toEqual(expected);
  });
});

test('each price of 0 or below is found, and left out where the symbol may have such', () => {
  const wrong = [0, 1, 2, 3].flatMap((place) =>
    [0, -1].map(
      (price) => moving(1)[0]!.map((value, at) => (at === place ? price : value)) as unknown as Row,
    ),
  );
  const bars = barsOf([...wrong, ...moving(3)]);
  expect(notPositive(bars)).toEqual(rows(0, 8));
  expect(withoutNegative(bars, ['Y'])).toBe(bars);
  expect(withoutNegative(bars, ['Y', 'X'])).toEqual(barsOf(moving(3), (row) => (row + 8) * 60_000));
  // A price of 1 is none.
  expect(notPositive(barsOf([[1, 1, 1, 1, 0]]))).toEqual([]);
});

test('rows are left out of every column, further ones too', () => {
  const bars = { ...barsOf(moving(4)), columns: { funding: Float64Array.of(1, 2, 3, 4) } };
  expect(withoutRows(bars, new Set())).toBe(bars);
  const left = withoutRows(bars, new Set([0, 2]));
  expect(left.columns).toEqual({ funding: Float64Array.of(2, 4) });
  for (const name of ['time', 'open', 'high', 'low', 'close', 'volume'] as const)
    expect(left[name]).toEqual(Float64Array.of(bars[name][1]!, bars[name][3]!));
});
