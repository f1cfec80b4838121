import { describe, expect, test } from '@jest/globals';
import { closes, walk } from '../../test/bars.ts';
import { readParams } from '../params.ts';
import { judgingSettings } from '@ml-training/sdk';
import { splitInTime } from './split.ts';
import { splitBars } from './split-bars.ts';

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
