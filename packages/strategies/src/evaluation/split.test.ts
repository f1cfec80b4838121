import { describe, expect, test } from '@jest/globals';
import { judgingSettings } from '@ml-training/sdk';
import { closes, walk } from '../../test/bars.ts';
import { readParams } from '../params.ts';
import { directionLabels } from './labels.ts';
import { splitBars, splitInTime } from './split.ts';

describe('splitInTime', () => {
  test.each([
    // 1000 − 33 warm-up − 1 label = 966, less 2 gaps of 1 + 9 = 946 rows: 189 holdout, 141 validation, 616
    // train.
    { from: 33, to: 1000, horizon: 1, train: [33, 649], validation: [659, 800], holdout: [810, 999] },
    { from: 0, to: 117, horizon: 5, train: [0, 65], validation: [71, 86], holdout: [92, 112] },
    {
      from: 0,
      to: 115,
      horizon: 5,
      train: [0, 65],
      validation: [70, 85],
      holdout: [90, 110],
      embargoShare: 0,
    },
    {
      from: 33,
      to: 1000,
      horizon: 1,
      train: [33, 749],
      validation: [759, 900],
      holdout: [910, 999],
      holdoutRows: 89,
    },
    {
      from: 33,
      to: 100,
      horizon: 1,
      train: [33, 76],
      validation: [77, 86],
      holdout: [87, 99],
      validationShare: 0.15,
    },
  ])('cuts bars $from to $to with horizon $horizon', ({ train, validation, holdout, ...options }) => {
    expect(splitInTime(options)).toEqual({
      train: { from: train[0], to: train[1] },
      validation: { from: validation[0], to: validation[1] },
      holdout: { from: holdout[0], to: holdout[1] },
    });
  });

  test('lets no label of an earlier part reach into a later one', () => {
    for (const horizon of [1, 3, 10]) {
      const { train, validation, holdout } = splitInTime({ from: 33, to: 500, horizon });
      expect(train.to - 1 + horizon).toBeLessThan(validation.from);
      expect(validation.to - 1 + horizon).toBeLessThan(holdout.from);
      expect(holdout.to - 1 + horizon).toBe(499);
    }
  });

  test('says with figures when there are too few bars', () => {
    const split = (): unknown => splitInTime({ from: 33, to: 68, horizon: 1 });
    expect(split).toThrow(expect.objectContaining({ code: 'TOO_FEW_BARS' }));
    expect(split).toThrow('68 bars leave 32 rows');
    expect(split).toThrow('22 train, 4 validation and 6 holdout rows');
    expect(() => splitInTime({ from: 33, to: 10, horizon: 1 })).toThrow('10 bars leave 0 rows');
  });
});

test('directionLabels compares each close with the one a horizon later, a standstill being no rise', () => {
  const { close } = closes([1, 2, 2, 3, 1]);
  expect([...directionLabels(close, 1)]).toEqual([1, 0, 1, 0]);
  expect([...directionLabels(close, 2)]).toEqual([1, 1, 0]);
  expect([...directionLabels(close, 9)]).toEqual([]);
});

const settings = { ...readParams(judgingSettings, { horizon: 2 }, 'test'), validation_share: 0.2 };
const bars = walk({ rows: 200, seed: 1, symbol: 'NEW' });
const { train, validation, holdout } = splitBars(bars, 33, settings);

describe('splitBars', () => {
  test('cuts as its settings say', () => {
    const expected = splitInTime({ from: 33, to: 200, horizon: 2, validationShare: 0.2, holdoutShare: 0.2 });
    expect({ train, validation, holdout }).toEqual(expected);
  });

  test('begins the holdout where it is told to, by rows or by time, the time going first', () => {
    const expected = { from: 150, to: 198 };
    const of = (change: object): unknown => splitBars(bars, 33, { ...settings, ...change }).holdout;
    expect(of({ holdout_rows: 48 })).toEqual(expected);
    expect(of({ holdout_from: bars.time[150] })).toEqual(expected);
    expect(of({ holdout_from: bars.time[149]! + 1, holdout_rows: 20 })).toEqual(expected);
    expect(() => of({ holdout_from: bars.time[199]! + 1 })).toThrow('NEW: 200 bars leave');
  });

  test('widens the gaps by the embargo', () => {
    // Labelled rows 33 to 197: 165, of which a tenth.
    const split = splitBars(bars, 33, { ...settings, embargo_share: 0.1 });
    expect(split.validation.from - split.train.to).toBe(2 + 16);
    expect(split.holdout.from - split.validation.to).toBe(2 + 16);
    const without = splitBars(bars, 33, { ...settings, embargo_share: 0 });
    expect(without.validation.from - without.train.to).toBe(2);
  });

  test('names the symbol that has too few bars', () => {
    expect(() => splitBars(closes([1, 2, 3]), 33, settings)).toThrow(
      expect.objectContaining({ code: 'TOO_FEW_BARS' }),
    );
    expect(() => splitBars(closes([1, 2, 3]), 33, settings)).toThrow('CLOSES: 3 bars leave 0 rows');
  });

  test.each([
    ['train', train],
    ['validation', validation],
    ['holdout', holdout],
  ])('refuses a price that stands still throughout the %s rows and their labels', (part, { from, to }) => {
    const still = (end: number) => ({
      ...bars,
      close: bars.close.map((close, t) => (t >= from && t < end ? 7 : close)),
    });
    const refused = (): unknown => splitBars(still(to + 2), 33, settings);
    expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_BARS' }));
    expect(refused).toThrow(`NEW: the close stands at 7 from ${new Date(bars.time[from]!).toISOString()}`);
    expect(refused).toThrow(`all of its ${part} rows`);
    // One label that differs is something to learn from.
    expect(() => splitBars(still(to + 1), 33, settings)).not.toThrow();
  });
});
