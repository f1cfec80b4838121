import { describe, expect, test } from '@jest/globals';
import { closes } from '../../test/bars.ts';
import { directionLabels } from './label.ts';
import { splitInTime } from './split.ts';

describe('splitInTime', () => {
  test.each([
    // 1000 − 33 warm-up − 1 label = 966, less 2 gaps of 1 + 9 = 946 rows: 189 holdout, 141 validation, 616 train.
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
