import { describe, expect, test } from '@jest/globals';
import type { Bars, FittedSpan } from '../strategy.ts';
import { fittedSpans, seenBars, withSpansOf } from './fitted-spans.ts';

const day = 86_400_000;
/** Daily bars from day 10 to day 19. */
const column = Float64Array.from({ length: 10 }, (_, t) => (10 + t) * day);
const bars: Bars = {
  symbol: 'GOOG',
  time: column,
  open: column,
  high: column,
  low: column,
  close: column,
  volume: column,
};
const span = (symbol: string, part: FittedSpan['part'], start: number, end: number): FittedSpan => ({
  symbol,
  part,
  start: start * day,
  end: end * day,
});

describe('the first and last bar that a model has seen', () => {
  // The last validation row is the bar of day 14, its label that of day 15.
  const rows = { end: 5, horizon: 1 };
  test.each<[string, FittedSpan[], number, number]>([
    [
      'are those of its own rows, the history of the first one included',
      [span('GOOG', 'train', 12, 14), span('GOOG', 'validation', 14, 16)],
      10,
      15,
    ],
    [
      'are also those of the model that it was warm-started from, the label of the last row included',
      [span('GOOG', 'train', 2, 9), span('GOOG', 'validation', 9, 17), span('SP500', 'train', 0, 99)],
      2,
      16,
    ],
    ['are those of its own part where other symbols cost it all rows', [], 10, 15],
    ['end with the bars at hand', [span('GOOG', 'validation', 14, 40)], 10, 19],
  ])('%s', (_, spans, from, to) => {
    expect(seenBars(bars, rows, spans)).toEqual({ dataFrom: from * day, dataTo: to * day });
  });
});

test('rows that follow each other are one span with their labels, a gap wider than a label parts them', () => {
  expect(fittedSpans(bars, 1, { train: [0, 1, 2, 5, 6], validation: [9] })).toEqual([
    span('GOOG', 'train', 10, 14),
    span('GOOG', 'train', 15, 18),
    span('GOOG', 'validation', 19, 20),
  ]);
});

test('what two models have seen is joined where it touches, parts and symbols apart', () => {
  const own = [span('A', 'train', 5, 9), span('A', 'validation', 9, 12)];
  const before = [span('A', 'train', 1, 5), span('A', 'validation', 7, 9), span('B', 'train', 0, 20)];
  expect(withSpansOf(own, before)).toEqual([
    span('A', 'train', 1, 9),
    span('A', 'validation', 7, 12),
    span('B', 'train', 0, 20),
  ]);
});
